package nemesis

import "time"

// PowerCutAllName is the name of PowerCutAll.
const PowerCutAllName = "power-cut-all"

// PowerCutAll cuts the power of all nodes at once. There is nobody from whom a
// node could learn again what it had not flushed: whatever was acknowledged must
// have been flushed by a majority. Make one with NewPowerCutAll.
type PowerCutAll struct{ PowerCut }

// NewPowerCutAll returns the nemesis.
func NewPowerCutAll(disks Disks) *PowerCutAll { return &PowerCutAll{*NewPowerCut(disks)} }

// Name returns PowerCutAllName.
func (p *PowerCutAll) Name() string { return PowerCutAllName }

// Start cuts the power of all nodes.
func (p *PowerCutAll) Start(Target) (string, error) { return "", p.cut(p.disks.IDs()...) }

// Stop gives all nodes their power again.
func (p *PowerCutAll) Stop(Target) (string, error) { return p.supply(p.disks.IDs()...) }

// Lasts returns a short time: the nodes need the rest of the period to elect a
// leader.
func (p *PowerCutAll) Lasts(period time.Duration) (least, most time.Duration) {
	return 0, period / 5
}
