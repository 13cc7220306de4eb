package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestRegistersAreLinearizable(t *testing.T) {
	holds(t, "registers")
}

// A search for an order takes for ever with many operations, and above all
// with many of unknown outcome: a register that has so many is left alone, and
// another one used in its place.
const (
	registersInUse  = 4
	registerOps     = 180
	registerUnknown = 5
)

// registers is the workload of values that are read and written, some under a
// condition.
type registers struct {
	mu      sync.Mutex
	slots   [registersInUse]register
	history []porcupine.Operation
	// names counts the registers that were ever used, last is the value that
	// was written last. No value is written twice, so that a register that was
	// not modified is one that has the same value.
	names, last int
}

// register is one in use: how many operations it has had, how many of them had
// an unknown outcome, and how many writes are on their way.
type register struct {
	name               string
	ops, unknown, busy int
}

func freshRegisters() *registers {
	r := &registers{}
	for i := range r.slots {
		r.renew(i)
	}
	return r
}

func (r *registers) renew(slot int) {
	r.names++
	r.slots[slot] = register{name: fmt.Sprint("r", r.names)}
}

func registerPath(name string) tree.Path { return tree.Path{"registers", name} }

func (r *registers) step(c *client, n node) {
	slot := c.random.IntN(registersInUse)
	ctx, cancel := c.patience()
	defer cancel()
	if c.random.IntN(3) == 0 {
		r.read(ctx, c, n, r.takeForRead(slot))
		return
	}
	name, value, free := r.takeForWrite(slot)
	if !free {
		return
	}
	in, op := r.draw(ctx, c, n, name, value)
	output := r.write(ctx, c, n, in, op)
	r.giveBack(slot, name, output == unclear)
}

func (r *registers) takeForRead(slot int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[slot].ops++
	return r.slots[slot].name
}

// takeForWrite returns the register and a new value for it. It is false when
// the writes on their way might turn out to be too many of unknown outcome.
func (r *registers) takeForWrite(slot int) (name string, value int, free bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := &r.slots[slot]
	if now.unknown+now.busy >= registerUnknown {
		return "", 0, false
	}
	now.ops++
	now.busy++
	r.last++
	return now.name, r.last, true
}

// giveBack notes how a write has ended, and takes a new register where the
// old one has had enough.
func (r *registers) giveBack(slot int, name string, unknown bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := &r.slots[slot]
	if now.name != name {
		return
	}
	now.busy--
	if unknown {
		now.unknown++
	}
	if now.unknown >= registerUnknown || now.ops >= registerOps {
		r.renew(slot)
	}
}

// read notes a linearizable read; one that fails says nothing.
func (r *registers) read(ctx context.Context, c *client, n node, name string) bool {
	call := c.now()
	state, err := n.Read(ctx)
	if err != nil {
		if !expected(err) {
			c.find("a read ends with %v", err)
		}
		return false
	}
	in := input{name: name, kind: reading}
	r.add(c, call, c.now(), in, output{fine, valueIn(state, name)})
	return true
}

// valueIn returns the value of a register in a tree, or 0 if there is none.
func valueIn(state *tree.Tree, name string) int {
	item, _ := state.Get(registerPath(name))
	return int(item.Value().Int())
}

// draw draws a write. What it is conditioned on comes from the local tree,
// which may be behind, or from a linearizable read.
func (r *registers) draw(ctx context.Context, c *client, n node, name string, value int) (input, cluster.Op) {
	state, path := n.Tree(), registerPath(name)
	if c.random.IntN(2) == 0 {
		if newer, err := n.Read(ctx); err == nil {
			state = newer
		}
	}
	in := input{name, kind(1 + c.random.IntN(6)), value, valueIn(state, name)}
	if in.old == 0 && in.kind >= unmodified {
		in.kind = inserting
	}
	switch in.kind {
	case inserting:
		return in, cluster.Insert(path, value)
	case updating:
		return in, cluster.Update(path, value)
	case removing:
		in.value = 0
		return in, cluster.Remove(path)
	case unmodified:
		return in, cluster.Set(path, value).If(cluster.Unmodified(path, state.Revision()))
	case equals:
		return in, cluster.Set(path, value).If(cluster.Equals(path, in.old))
	}
	return in, cluster.Set(path, value)
}

// write makes a write and notes it, unless it was certainly not made for a
// reason that is none of the register's: then its value must never be seen.
func (r *registers) write(ctx context.Context, c *client, n node, in input, op cluster.Op) result {
	call := c.now()
	made, err := n.Apply(ctx, op)
	got := resultOf(err)
	if now := n.Tree().Revision(); got == fine && now < made.Revision {
		c.find("a write has returned with revision %d on a node that has %d", made.Revision, now)
	}
	switch got {
	case unclear:
		r.add(c, call, math.MaxInt64, in, output{result: unclear})
		c.next()
	case absent:
		if !expected(err) {
			c.find("a write ends with %v", err)
		}
	default:
		r.add(c, call, c.now(), in, output{result: got})
	}
	return got
}

func resultOf(err error) result {
	switch {
	case err == nil:
		return fine
	case errors.Is(err, cluster.ErrOutcomeUnknown):
		return unclear
	case errors.Is(err, cluster.ErrConflict):
		return conflict
	case errors.Is(err, cluster.ErrNotFound):
		return missing
	case errors.Is(err, cluster.ErrExists):
		return exists
	}
	return absent
}

func (r *registers) add(c *client, call, end int64, in input, out output) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, porcupine.Operation{
		ClientId: c.process, Input: in, Call: call, Output: out, Return: end,
	})
}

func (r *registers) readBack(c *client, n node) {
	for i := range r.names {
		done := false
		for try := 0; try < 20 && !done; try++ {
			ctx, cancel := c.patience()
			done = r.read(ctx, c, n, fmt.Sprint("r", i+1))
			cancel()
		}
		if !done {
			c.find("%s serves no read when all is healed", c.home)
		}
	}
}
