package nemesis

import (
	"fmt"
	"time"
)

// SlowDiskName is the name of SlowDisk.
const SlowDiskName = "slow-disk"

// SlowDisk makes each flush of a node last longer, from 8 to 512 ms: from a tired
// disk to one that makes the node late for elections. Make one with NewSlowDisk.
type SlowDisk struct{ hinder }

// NewSlowDisk returns the nemesis.
func NewSlowDisk(disks Disks) *SlowDisk { return &SlowDisk{hinder{disks: disks}} }

// Name returns SlowDiskName.
func (s *SlowDisk) Name() string { return SlowDiskName }

// Available returns nil where disks can be slow.
func (s *SlowDisk) Available() error { return s.disks.SupportsDisk(Disk{Delay: time.Millisecond}) }

// Lasts returns up to three periods, which is time for a queue to grow.
func (s *SlowDisk) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 2, 3 * period
}

// Start makes the disk slow.
func (s *SlowDisk) Start(target Target) (string, error) {
	delay := 8 * time.Millisecond << target.Random.IntN(7)
	return fmt.Sprint(delay), s.begin(Disk{Delay: delay}, target.Node)
}

// Stop makes the disk sound.
func (s *SlowDisk) Stop(target Target) (string, error) {
	err := s.sound(target.Node)
	return s.effect(), err
}
