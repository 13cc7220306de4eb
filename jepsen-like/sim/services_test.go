package sim

import (
	"context"
	"errors"
	"sync"
	"time"
)

// endTimeout is how long a node waits for its requests when it is asked to end,
// as the command does.
const endTimeout = 8 * time.Second

// CanEnd returns nil.
func (f *fleet) CanEnd() error { return nil }

// End asks a node to end, and waits until it has.
func (f *fleet) End(id string) error {
	server, node := f.release(id)
	if server == nil {
		return nil
	}
	defer f.enter(id)()
	resumed := f.Resume(id)
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	var draining sync.WaitGroup
	draining.Go(func() {
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // what has not ended is broken off
		}
	})
	// The node's end is what ends the streams that the server waits for.
	err := node.Shutdown(ctx)
	draining.Wait()
	return errors.Join(resumed, err)
}

// Succeed starts a node as soon as its predecessor has ended. Two on one folder
// are a matter of real processes.
func (f *fleet) Succeed(id string) error {
	if err := f.End(id); err != nil {
		return err
	}
	return f.Start(id)
}

// Open starts a node, and says whether it has opened its folder. What was damaged
// there is its own from then on.
func (f *fleet) Open(id string) (opened bool, err error) {
	err = f.Start(id)
	if opened = f.node(id) != nil; opened {
		delete(f.originals, id)
	}
	return opened, err
}
