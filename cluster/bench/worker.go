package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"time"

	"example.com/gstate/cluster/bench/system"
)

// nodeCommand is the argument with which this program is a node.
const nodeCommand = "node"

// serveNode is a node of a fleet until its input ends.
func serveNode() error {
	server := rpc.NewServer()
	if err := server.Register(new(Worker)); err != nil {
		return err
	}
	input := &lastInput{Reader: os.Stdin, ended: make(chan struct{})}
	go server.ServeConn(pipe{input, os.Stdout})
	// Whatever is under way then, nobody waits for it any more.
	<-input.ended
	return nil
}

// lastInput tells when there is no more input.
type lastInput struct {
	io.Reader
	ended chan struct{}
}

func (r *lastInput) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		close(r.ended)
	}
	return n, err
}

// Worker does in the process of a node what the program wants. Its methods are
// those of package net/rpc.
type Worker struct {
	member system.Member
	told   *told
}

// Place is where a node is, and in which system.
type Place struct {
	System             string
	Number             int
	Addresses, Clients []string
	Dir                string
}

// Open opens the node.
func (w *Worker) Open(p Place, _ *struct{}) (err error) {
	open, known := system.All()[p.System]
	if !known {
		return fmt.Errorf("there is no system %q", p.System)
	}
	w.member, err = open(system.Node{Number: p.Number, Addresses: p.Addresses, Clients: p.Clients, Dir: p.Dir})
	return err
}

// settlePause is the time between two looks at a system that does not serve yet.
const settlePause = 20 * time.Millisecond

// Settle waits until the node has what was acknowledged.
func (w *Worker) Settle(struct{}, *struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	const key, value = "settled", "yes"
	for {
		err := w.member.Write(ctx, key, value)
		if errors.Is(err, system.ErrNotLeader) {
			err = nil
		}
		if got, _ := w.member.Local(ctx, key); err == nil && got == value {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(settlePause):
		}
	}
}

// Leads reports whether the node leads.
func (w *Worker) Leads(_ struct{}, leads *bool) error {
	*leads = w.member.Leads()
	return nil
}
