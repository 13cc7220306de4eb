package network

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"example.com/gstate/jepsen-like/nemesis"
)

// ErrUnknownNode: no node has this id.
var ErrUnknownNode = errors.New("unknown node")

// route is one direction between two nodes.
type route struct{ from, to string }

// lines are all directions between nodes.
type lines struct {
	ids []string
	mu  sync.Mutex
	// all holds every direction, and touched counts what faults have touched.
	// Both are guarded by mu.
	all     map[route]*line
	touched uint64
}

// newLines returns sound lines. Each draws from a source of its own.
func newLines(ids []string, seed uint64) *lines {
	l := &lines{ids: ids, all: map[route]*line{}}
	for _, from := range ids {
		for _, to := range ids {
			if from != to {
				l.all[route{from, to}] = &line{random: rand.New(rand.NewPCG(seed, uint64(len(l.all))))}
			}
		}
	}
	return l
}

// IDs returns all nodes. The slice is the caller's.
func (l *lines) IDs() []string { return slices.Clone(l.ids) }

// Touched returns how many packets faults have dropped, held up, doubled or
// changed so far.
func (l *lines) Touched() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.touched
}

// SetLink gives a direction this behaviour from now on. Its queue is empty then.
func (l *lines) SetLink(from, to string, link nemesis.Link) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	own, ok := l.all[route{from, to}]
	if !ok {
		return fmt.Errorf("%w: there is no link from %q to %q", ErrUnknownNode, from, to)
	}
	*own = line{link: link, random: own.random}
	return nil
}

// note counts something if a fault has touched it. The caller holds mu.
func (l *lines) note(touched bool) {
	if touched {
		l.touched++
	}
}
