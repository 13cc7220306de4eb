package nemesis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Kind is what a fault breaks. Faults of one kind follow each other, those of
// different kinds overlap.
type Kind string

// The kinds. What ends, stops or changes a node is of one kind with what happens
// to its disk, since neither is possible while the other goes on.
const (
	Node    Kind = "node"
	Network Kind = "network"
	Clock   Kind = "clock"
)

// Target is what one fault is aimed at.
type Target struct {
	// Node is hit. Of a fault between nodes it is the one that suffers most.
	Node string
	// Leads says that the node led when the fault was aimed.
	Leads bool
	// Random decides what else is to be drawn. It is the fault's own.
	Random *rand.Rand
}

// Nemesis is one kind of fault. Its methods are called by one goroutine.
type Nemesis interface {
	// Name is the function of its events in the history.
	Name() string
	Kind() Kind
	// Available returns nil, or why this fault cannot be made here.
	Available() error
	// Lasts returns how long a fault may last, when one is made each period.
	Lasts(period time.Duration) (least, most time.Duration)
	// Start breaks something. The detail is for the history: what was drawn.
	Start(target Target) (detail string, err error)
	// Stop undoes what Start has done with the same target. The effect is for
	// the history too: what the fault was seen to do, as in "31 packets dropped".
	// It is empty when nothing has come of the fault.
	Stop(target Target) (effect string, err error)
	// Heal undoes all that Start may have done, on all nodes. It goes on when
	// one node cannot be healed, and returns all errors.
	Heal() error
}

// ErrUnknown is matched by the error of Choose for a name that no nemesis has.
var ErrUnknown = errors.New("unknown nemesis")

// Every is the name that Choose takes for all that are available.
const Every = "all"

// Know returns an error that matches ErrUnknown for the first of the names that none
// of them has.
func Know(all []Nemesis, names []string) error {
	known := namesOf(all)
	for _, name := range names {
		if name != Every && !slices.Contains(known, name) {
			return fmt.Errorf("%w: %q, want %s, or some of %s", ErrUnknown, name, Every, strings.Join(known, ", "))
		}
	}
	return nil
}

// Choose returns those with the given names, in that order. A name may stand
// more than once: its faults are then more frequent. The error of one that is
// not available is its own. Every stands for each that is available.
func Choose(all []Nemesis, names []string) ([]Nemesis, error) {
	if err := Know(all, names); err != nil {
		return nil, err
	}
	var chosen []Nemesis
	for _, name := range names {
		if name == Every {
			chosen = append(chosen, available(all)...)
			continue
		}
		at := slices.IndexFunc(all, func(n Nemesis) bool { return n.Name() == name })
		if err := missing(all[at]); err != nil {
			return nil, err
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// Missing returns why those are not available that are not.
func Missing(all []Nemesis) []error {
	var reasons []error
	for _, n := range all {
		if err := missing(n); err != nil {
			reasons = append(reasons, err)
		}
	}
	return reasons
}

func missing(n Nemesis) error {
	if err := n.Available(); err != nil {
		return fmt.Errorf("nemesis %s: %w", n.Name(), err)
	}
	return nil
}

func available(all []Nemesis) []Nemesis {
	var can []Nemesis
	for _, n := range all {
		if n.Available() == nil {
			can = append(can, n)
		}
	}
	return can
}

func namesOf(all []Nemesis) []string {
	var names []string
	for _, n := range all {
		names = append(names, n.Name())
	}
	return names
}

// brief is how long most faults last: from a quarter to three quarters of the
// period. That is long enough for an election without the node, and short enough
// that the cluster is whole for a part of each period.
type brief struct{}

func (brief) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 4, period * 3 / 4
}
