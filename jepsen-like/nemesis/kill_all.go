package nemesis

import "time"

// KillAllName is the name of KillAll.
const KillAllName = "kill-all"

// KillAll ends all nodes at once: nobody remembers anything but what was
// written. Make one with NewKillAll.
type KillAll struct{ Kill }

// NewKillAll returns the nemesis.
func NewKillAll(nodes Nodes) *KillAll { return &KillAll{*NewKill(nodes)} }

// Name returns KillAllName.
func (k *KillAll) Name() string { return KillAllName }

// Start kills all nodes.
func (k *KillAll) Start(target Target) (string, error) {
	k.ran = k.nodes.Running(target.Node)
	return "", onAll(k.nodes, k.nodes.Kill)
}

// Stop starts all nodes.
func (k *KillAll) Stop(Target) (string, error) {
	return effectIf(k.ran, "ended"), onAll(k.nodes, k.nodes.Start)
}

// Lasts returns a short time: the nodes need the rest of the period to elect a
// leader.
func (k *KillAll) Lasts(period time.Duration) (least, most time.Duration) {
	return 0, period / 5
}
