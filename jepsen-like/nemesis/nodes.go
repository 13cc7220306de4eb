package nemesis

import "errors"

// Nodes is what faults of nodes are made of. Each method is idempotent: it
// leaves a node alone that is in the state asked for, or that cannot be.
type Nodes interface {
	// IDs returns all nodes.
	IDs() []string
	// Running reports whether a node runs, and is not paused.
	Running(id string) bool
	// Kill ends a node without warning, and Start starts it.
	Kill(id string) error
	Start(id string) error
	// CanPause returns nil, or why nodes cannot be paused here.
	CanPause() error
	// Pause stops a node where it is, and Resume lets it go on.
	Pause(id string) error
	Resume(id string) error
}

// OfNodes returns every nemesis that needs nothing but nodes.
func OfNodes(nodes Nodes) []Nemesis {
	return []Nemesis{NewKill(nodes), NewKillAll(nodes), NewPause(nodes), NewLongPause(nodes), NewStarve(nodes)}
}

// onAll calls action with every node, and joins the errors.
func onAll(nodes Nodes, action func(id string) error) error {
	return each(nodes.IDs(), action)
}

// each calls action with each of these nodes, and joins the errors.
func each(ids []string, action func(id string) error) error {
	var problems []error
	for _, id := range ids {
		problems = append(problems, action(id))
	}
	return errors.Join(problems...)
}

// effectIf returns the word if it is true.
func effectIf(is bool, word string) string {
	if is {
		return word
	}
	return ""
}
