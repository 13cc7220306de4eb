package nemesis

// PowerCutName is the name of PowerCut.
const PowerCutName = "power-cut"

// PowerCut ends a node together with its disk, as when the plug of a machine is
// pulled: what the node had not flushed is gone. Make one with NewPowerCut.
type PowerCut struct {
	brief
	hinder
	// ran says whether one of the targets ran when it was hit.
	ran bool
}

// NewPowerCut returns the nemesis.
func NewPowerCut(disks Disks) *PowerCut { return &PowerCut{hinder: hinder{disks: disks}} }

// Name returns PowerCutName.
func (p *PowerCut) Name() string { return PowerCutName }

// Available returns nil where disks can die.
func (p *PowerCut) Available() error { return p.disks.SupportsDisk(Disk{Dead: true}) }

// Start cuts the node's power.
func (p *PowerCut) Start(target Target) (string, error) { return "", p.cut(target.Node) }

// Stop gives the node its power again.
func (p *PowerCut) Stop(target Target) (string, error) { return p.supply(target.Node) }

func (p *PowerCut) cut(ids ...string) error {
	p.ran = false
	for _, id := range ids {
		p.ran = p.ran || p.disks.Running(id)
	}
	// All disks first: what one node still tells another one must not be on the
	// disk of neither.
	if err := p.set(Disk{Dead: true}, ids...); err != nil {
		return err
	}
	return each(ids, p.disks.Kill)
}

func (p *PowerCut) supply(ids ...string) (string, error) {
	return effectIf(p.ran, "ended"), each(ids, p.restore)
}
