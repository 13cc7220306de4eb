package nemesis

import "time"

// Services is what faults of an operator are made of: nodes that end when they
// are asked to, and of which can be seen that they have come up.
type Services interface {
	Nodes
	// CanEnd returns nil, or why nodes cannot be asked to end here.
	CanEnd() error
	// End asks a node to end, and waits until it has done so in order.
	End(id string) error
	// Succeed asks a node to end, and starts its successor at once: that one
	// finds the folder and the addresses taken, and may end by itself, which is
	// no crash.
	Succeed(id string) error
	// Open starts a node and waits until it has opened its folder, or has ended
	// by itself because it does not want to.
	Open(id string) (opened bool, err error)
}

// OfServices returns every nemesis that needs services.
func OfServices(services Services) []Nemesis {
	return []Nemesis{NewRestart(services), NewRollingRestart(services), NewSuccession(services)}
}

// operator is the common part of faults that begin with a request to end.
type operator struct {
	services Services
	// ran says whether the target ran when it was hit.
	ran bool
}

// Kind returns Node.
func (o *operator) Kind() Kind { return Node }

// Available returns nil where nodes can be asked to end.
func (o *operator) Available() error { return o.services.CanEnd() }

// Lasts returns a short time: a node takes its own to end and to come up.
func (o *operator) Lasts(period time.Duration) (least, most time.Duration) {
	return 0, period / 2
}

// Stop starts the node, if it is still stopped.
func (o *operator) Stop(target Target) (string, error) {
	return effectIf(o.ran, "ended in order"), o.services.Start(target.Node)
}

// Heal starts every node that is not running.
func (o *operator) Heal() error { return onAll(o.services, o.services.Start) }
