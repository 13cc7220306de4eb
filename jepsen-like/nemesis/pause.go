package nemesis

// PauseName is the name of Pause.
const PauseName = "pause"

// Pause stops nodes with SIGSTOP, as a long garbage collection or a moved
// virtual machine would: the connections stay, answers come late, and a leader
// wakes up that does not know that it leads no more. Make one with NewPause.
type Pause struct {
	brief
	nodes Nodes
	// ran says whether the target ran when it was hit.
	ran bool
}

// NewPause returns the nemesis.
func NewPause(nodes Nodes) *Pause { return &Pause{nodes: nodes} }

// Name returns PauseName.
func (p *Pause) Name() string { return PauseName }

// Kind returns Node.
func (p *Pause) Kind() Kind { return Node }

// Available returns nil where the system has the signals.
func (p *Pause) Available() error { return p.nodes.CanPause() }

// Start stops the node where it is.
func (p *Pause) Start(target Target) (string, error) {
	p.ran = p.nodes.Running(target.Node)
	return "", p.nodes.Pause(target.Node)
}

// Stop lets the node go on.
func (p *Pause) Stop(target Target) (string, error) {
	return effectIf(p.ran, "stood still"), p.nodes.Resume(target.Node)
}

// Heal lets every node go on.
func (p *Pause) Heal() error { return onAll(p.nodes, p.nodes.Resume) }
