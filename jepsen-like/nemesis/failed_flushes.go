package nemesis

import "strings"

// FailedFlushesName is the name of FailedFlushes.
const FailedFlushesName = "failed-flushes"

// FailedFlushes lets all flushes of one node fail, or those of all nodes, and
// then cuts the power of the same: who has taken an error for a success, or has
// tried again on the same file, has lost now what it said it had stored. Make
// one with NewFailedFlushes.
type FailedFlushes struct {
	PowerCut
	// hit are the nodes of the present fault.
	hit []string
}

// NewFailedFlushes returns the nemesis.
func NewFailedFlushes(disks Disks) *FailedFlushes {
	return &FailedFlushes{PowerCut: *NewPowerCut(disks)}
}

// Name returns FailedFlushesName.
func (f *FailedFlushes) Name() string { return FailedFlushesName }

// Available returns nil where flushes can fail, and power can be cut.
func (f *FailedFlushes) Available() error {
	return f.disks.SupportsDisk(Disk{FailedFlushes: true, Dead: true})
}

// Start lets the flushes fail.
func (f *FailedFlushes) Start(target Target) (string, error) {
	f.hit = []string{target.Node}
	if target.Random.IntN(2) == 0 {
		f.hit = f.disks.IDs()
	}
	return "on " + strings.Join(f.hit, ","), f.begin(Disk{FailedFlushes: true}, f.hit...)
}

// Stop cuts the power of the nodes and gives it to them again. No flush must
// succeed in between: it would put right what was wrong.
func (f *FailedFlushes) Stop(Target) (string, error) {
	if err := f.cut(f.hit...); err != nil {
		return "", err
	}
	effect := f.effect()
	_, err := f.supply(f.hit...)
	return effect, err
}
