package nemesis

// KillName is the name of Kill.
const KillName = "kill"

// Kill ends nodes with SIGKILL and starts them again on what they had written.
// Make one with NewKill.
type Kill struct {
	brief
	nodes Nodes
	// ran says whether the target ran when it was hit.
	ran bool
}

// NewKill returns the nemesis.
func NewKill(nodes Nodes) *Kill { return &Kill{nodes: nodes} }

// Name returns KillName.
func (k *Kill) Name() string { return KillName }

// Kind returns Node.
func (k *Kill) Kind() Kind { return Node }

// Available returns nil: processes can be killed everywhere.
func (k *Kill) Available() error { return nil }

// Start kills the node.
func (k *Kill) Start(target Target) (string, error) {
	k.ran = k.nodes.Running(target.Node)
	return "", k.nodes.Kill(target.Node)
}

// Stop starts the node.
func (k *Kill) Stop(target Target) (string, error) {
	return effectIf(k.ran, "ended"), k.nodes.Start(target.Node)
}

// Heal starts every node that is not running.
func (k *Kill) Heal() error { return onAll(k.nodes, k.nodes.Start) }
