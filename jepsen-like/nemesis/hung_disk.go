package nemesis

import "time"

// HungDiskName is the name of HungDisk.
const HungDiskName = "hung-disk"

// HungDisk lets no write of a node end for some time. Reads and messages go on:
// a leader keeps its office and can store nothing. Make one with NewHungDisk.
type HungDisk struct{ hinder }

// NewHungDisk returns the nemesis.
func NewHungDisk(disks Disks) *HungDisk { return &HungDisk{hinder{disks: disks}} }

// Name returns HungDiskName.
func (h *HungDisk) Name() string { return HungDiskName }

// Available returns nil where disks can hang.
func (h *HungDisk) Available() error { return h.disks.SupportsDisk(Disk{Hung: true}) }

// mostHung is less than the 20 seconds for which a node waits for its disk, with
// room for how late a fault may end.
const mostHung = 15 * time.Second

// Lasts returns up to three periods, and no longer than a node bears it: one that
// ends itself is LongHungDisk's, which starts it again.
func (h *HungDisk) Lasts(period time.Duration) (least, most time.Duration) {
	return min(period/4, mostHung), min(3*period, mostHung)
}

// Start lets the disk hang.
func (h *HungDisk) Start(target Target) (string, error) {
	return "", h.begin(Disk{Hung: true}, target.Node)
}

// Stop lets the writes end. The node may have had enough of waiting.
func (h *HungDisk) Stop(target Target) (string, error) {
	err := h.restore(target.Node)
	return h.effect(), err
}
