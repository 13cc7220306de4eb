package nemesis

import (
	"cmp"
	"time"
)

// FullDiskName is the name of FullDisk.
const FullDiskName = "full-disk"

// FullDisk fills the disk of a node. The node goes on as long as it finds room in
// its files, and must end by itself when it does not. Make one with NewFullDisk.
type FullDisk struct {
	hinder
	// ran says whether the target ran when it was hit.
	ran bool
}

// NewFullDisk returns the nemesis.
func NewFullDisk(disks Disks) *FullDisk { return &FullDisk{hinder: hinder{disks: disks}} }

// Name returns FullDiskName.
func (f *FullDisk) Name() string { return FullDiskName }

// Available returns nil where disks can be full.
func (f *FullDisk) Available() error { return f.disks.SupportsDisk(Disk{Full: true}) }

// Lasts returns up to four periods: in a shorter time a node may not need room.
func (f *FullDisk) Lasts(period time.Duration) (least, most time.Duration) {
	return period, 4 * period
}

// Start fills the disk.
func (f *FullDisk) Start(target Target) (string, error) {
	f.ran = f.disks.Running(target.Node)
	return "", f.begin(Disk{Full: true}, target.Node)
}

// Stop makes room and starts the node. A node that has gone on without room has
// borne the fault.
func (f *FullDisk) Stop(target Target) (string, error) {
	effect := cmp.Or(f.effect(), effectIf(f.ran, "borne"))
	return effect, f.restart(target.Node)
}
