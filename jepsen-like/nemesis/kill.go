package nemesis

// KillName is the name of Kill.
const KillName = "kill"

// Kill ends nodes with SIGKILL and starts them again on what they had written.
// Make one with NewKill.
type Kill struct{ nodes Nodes }

// NewKill returns the nemesis.
func NewKill(nodes Nodes) Kill { return Kill{nodes} }

// Name returns KillName.
func (k Kill) Name() string { return KillName }

// Available returns nil: processes can be killed everywhere.
func (k Kill) Available() error { return nil }

// Start kills the node.
func (k Kill) Start(node string) error { return k.nodes.Kill(node) }

// Stop starts the node.
func (k Kill) Stop(node string) error { return k.nodes.Start(node) }

// Heal starts every node that is not running.
func (k Kill) Heal() error { return onAll(k.nodes, k.nodes.Start) }
