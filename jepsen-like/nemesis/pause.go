package nemesis

// PauseName is the name of Pause.
const PauseName = "pause"

// Pause stops nodes with SIGSTOP, as a long garbage collection or a moved
// virtual machine would: the connections stay, answers come late, and a leader
// wakes up that does not know that it leads no more. Make one with NewPause.
type Pause struct{ nodes Nodes }

// NewPause returns the nemesis.
func NewPause(nodes Nodes) Pause { return Pause{nodes} }

// Name returns PauseName.
func (p Pause) Name() string { return PauseName }

// Available returns nil where the system has the signals.
func (p Pause) Available() error { return p.nodes.CanPause() }

// Start stops the node where it is.
func (p Pause) Start(node string) error { return p.nodes.Pause(node) }

// Stop lets the node go on.
func (p Pause) Stop(node string) error { return p.nodes.Resume(node) }

// Heal lets every node go on.
func (p Pause) Heal() error { return onAll(p.nodes, p.nodes.Resume) }
