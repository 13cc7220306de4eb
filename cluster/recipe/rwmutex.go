package recipe

import (
	"context"
	"time"

	"example.com/gstate/tree"
)

// RWMutex is a lock that any number of readers have together, or one writer
// alone. All stand in one line: a reader that comes after a writer waits for
// it, so that writers get their turn, and readers get theirs between writers.
// Otherwise it is as Mutex. An instance that has it for reading and asks for
// writing as well waits for itself.
type RWMutex struct{ line line }

// The values of the places.
const (
	reading = "read"
	writing = "write"
)

// NewRWMutex returns the lock at the path, as NewMutex does.
func NewRWMutex(node Node, path tree.Path, ttl time.Duration) (*RWMutex, error) {
	l, err := newLine(node, path, ttl, "lock")
	if err != nil {
		return nil, err
	}
	return &RWMutex{l}, nil
}

// Lock waits until it has the lock alone, as Mutex.Lock does.
func (m *RWMutex) Lock(ctx context.Context) (*Held, error) {
	return m.line.enter(ctx, writing, m.alone)
}

// RLock waits until it has the lock with other readers, as Mutex.Lock does. Its
// token is greater than that of every writer before.
func (m *RWMutex) RLock(ctx context.Context) (*Held, error) {
	return m.line.enter(ctx, reading, m.withReaders)
}

func (m *RWMutex) alone(before []place) (tree.Query, bool) {
	if len(before) == 0 {
		return tree.Query{}, false
	}
	return m.line.watch(before[len(before)-1]), true
}

// withReaders waits for the last writer before: those before that one go first.
func (m *RWMutex) withReaders(before []place) (tree.Query, bool) {
	for i := len(before) - 1; i >= 0; i-- {
		if before[i].value.Str() != reading {
			return m.line.watch(before[i]), true
		}
	}
	return tree.Query{}, false
}
