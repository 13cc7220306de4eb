package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// nodes is how many a fleet has.
const nodes = 3

// settleTime is how long a fleet may take until it has a leader and serves everybody.
const settleTime = time.Minute

// fleet is the processes of one system.
type fleet struct {
	system    string
	dir       string
	addresses []string
	clients   []string
	members   [nodes]*process
}

// process is one of them. It ends when its input does, so that none outlives this
// program.
type process struct {
	command *exec.Cmd
	*rpc.Client
}

// launch starts a fleet and waits until it serves. The folder is removed by close.
func launch(ctx context.Context, system string) (*fleet, error) {
	dir, err := os.MkdirTemp("", "gstate-bench-")
	if err != nil {
		return nil, err
	}
	f := &fleet{system: system, dir: dir}
	if f.addresses, err = freeAddresses(nodes); err == nil {
		f.clients, err = freeAddresses(nodes)
	}
	for i := range nodes {
		if err == nil {
			err = f.start(i)
		}
	}
	if err == nil {
		err = f.settle(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", system, err), f.close())
	}
	return f, nil
}

// freeAddresses returns addresses at which nobody listens at the moment.
func freeAddresses(count int) (addresses []string, err error) {
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// start starts a node, for the first time or again.
func (f *fleet) start(number int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir := filepath.Join(f.dir, strconv.Itoa(number))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	command := exec.Command(self, nodeCommand)
	command.Stderr = os.Stderr
	pipe, err := connect(command)
	if err != nil {
		return err
	}
	p := &process{command, rpc.NewClient(pipe)}
	f.members[number] = p
	place := Place{System: f.system, Number: number, Addresses: f.addresses, Clients: f.clients, Dir: dir}
	return p.Call("Worker.Open", place, new(struct{}))
}

// pipe is the input and the output of a process.
type pipe struct {
	io.Reader
	io.WriteCloser
}

func connect(command *exec.Cmd) (pipe, error) {
	in, err := command.StdinPipe()
	if err != nil {
		return pipe{}, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return pipe{}, err
	}
	return pipe{out, in}, command.Start()
}

// settle waits until a write is acknowledged where one can be made, and known to
// all nodes.
func (f *fleet) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	var all sync.WaitGroup
	var errs [nodes]error
	for number := range nodes {
		all.Go(func() { errs[number] = f.call(ctx, number, "Settle", struct{}{}, new(struct{})) })
	}
	all.Wait()
	return errors.Join(errs[:]...)
}

// call lets the worker of a node do something, and waits for it until ctx ends.
func (f *fleet) call(ctx context.Context, number int, method string, args, reply any) error {
	select {
	case done := <-f.members[number].Go("Worker."+method, args, reply, make(chan *rpc.Call, 1)).Done:
		if done.Error != nil {
			return fmt.Errorf("node %d: %s: %w", number, method, done.Error)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("node %d: %s: %w", number, method, ctx.Err())
	}
}

// leader returns the number of the node that leads.
func (f *fleet) leader(ctx context.Context) (int, error) {
	for number, p := range f.members {
		if p == nil {
			continue
		}
		var leads bool
		if err := f.call(ctx, number, "Leads", struct{}{}, &leads); err != nil {
			return 0, err
		}
		if leads {
			return number, nil
		}
	}
	return 0, errors.New("nobody leads")
}

// kill ends a node as a crash does.
func (f *fleet) kill(number int) error {
	p := f.members[number]
	f.members[number] = nil
	if err := p.command.Process.Kill(); err != nil {
		return err
	}
	p.Close()
	p.command.Wait()
	return nil
}

// close ends all nodes and removes what they have stored.
func (f *fleet) close() error {
	var all []error
	for number, p := range f.members {
		if p != nil {
			all = append(all, f.kill(number))
		}
	}
	return errors.Join(append(all, os.RemoveAll(f.dir))...)
}
