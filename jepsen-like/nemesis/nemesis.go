package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Nodes is what faults are made of. Each method is idempotent: it leaves a node
// alone that is in the state asked for, or that cannot be.
type Nodes interface {
	// IDs returns all nodes.
	IDs() []string
	// Kill ends a node without warning, and Start starts it.
	Kill(id string) error
	Start(id string) error
	// CanPause returns nil, or why nodes cannot be paused here.
	CanPause() error
	// Pause stops a node where it is, and Resume lets it go on.
	Pause(id string) error
	Resume(id string) error
}

// Nemesis is one kind of fault.
type Nemesis interface {
	// Name is the function of its events in the history.
	Name() string
	// Available returns nil, or why this fault cannot be made here.
	Available() error
	// Start breaks a node, and Stop undoes that.
	Start(node string) error
	Stop(node string) error
	// Heal undoes all that Start may have done, on all nodes. It goes on when
	// one node cannot be healed, and returns all errors.
	Heal() error
}

// ErrUnknown is matched by the error of Choose for a name that no nemesis has.
var ErrUnknown = errors.New("unknown nemesis")

// All returns every nemesis for these nodes.
func All(nodes Nodes) []Nemesis {
	return []Nemesis{NewKill(nodes), NewPause(nodes)}
}

// Choose returns those with the given names, in that order. A name may stand
// more than once: its faults are then more frequent. The error of one that is
// not available is its own.
func Choose(all []Nemesis, names []string) ([]Nemesis, error) {
	var chosen []Nemesis
	for _, name := range names {
		at := slices.IndexFunc(all, func(n Nemesis) bool { return n.Name() == name })
		if at < 0 {
			return nil, fmt.Errorf("%w: %q, want some of %s", ErrUnknown, name, strings.Join(namesOf(all), ", "))
		}
		if err := all[at].Available(); err != nil {
			return nil, fmt.Errorf("nemesis %s: %w", name, err)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

func namesOf(all []Nemesis) []string {
	var names []string
	for _, n := range all {
		names = append(names, n.Name())
	}
	return names
}

// onAll calls action with every node, and joins the errors.
func onAll(nodes Nodes, action func(id string) error) error {
	var problems []error
	for _, id := range nodes.IDs() {
		problems = append(problems, action(id))
	}
	return errors.Join(problems...)
}
