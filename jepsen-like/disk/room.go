package disk

import (
	"errors"
	"fmt"
	"runtime"
)

// ErrUnavailable is matched by the error of what this machine does not have, or
// does not let this user do. The text says what that is.
var ErrUnavailable = errors.New("not available on this machine")

// Room is where disks are mounted: a mount namespace of its own. Nobody else
// sees the disks, and the kernel unmounts them when the last process in the
// room has ended, however that came about. Make one with NewRoom.
type Room struct {
	space *namespace
	// tasks is what is to be done in the room; it is closed by Close.
	tasks chan task
	// done is closed when the room's goroutine has ended.
	done chan struct{}
}

// task is one function and where its error goes.
type task struct {
	action func() error
	result chan error
}

// NewRoom makes an empty room. The error matches ErrUnavailable where that is
// not possible.
func NewRoom() (*Room, error) {
	r := &Room{tasks: make(chan task), done: make(chan struct{})}
	made := make(chan error)
	go r.run(made)
	if err := <-made; err != nil {
		return nil, fmt.Errorf("%w: a mount namespace of our own: %w", ErrUnavailable, err)
	}
	return r, nil
}

func (r *Room) run(made chan<- error) {
	defer close(r.done)
	// Never unlocked: the thread is in the room, and ends with the goroutine.
	runtime.LockOSThread()
	var err error
	r.space, err = newNamespace()
	made <- err
	if err != nil {
		return
	}
	for t := range r.tasks {
		t.result <- t.action()
	}
}

// Do calls action on a thread that sees the disks, and returns its error. It
// waits for other calls to end.
func (r *Room) Do(action func() error) error {
	t := task{action, make(chan error, 1)}
	r.tasks <- t
	return <-t.result
}

// Enter lets the calling goroutine see the disks, and the processes that it
// starts. It must be locked to its thread, for good: no other goroutine may
// ever get that.
func (r *Room) Enter() error { return r.space.enter() }

// Close ends the room when its disks are closed. No method may be called after
// it.
func (r *Room) Close() error {
	close(r.tasks)
	<-r.done
	return r.space.close()
}
