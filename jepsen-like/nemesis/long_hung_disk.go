package nemesis

import "time"

// LongHungDiskName is the name of LongHungDisk.
const LongHungDiskName = "long-hung-disk"

// LongHungDisk lets the disk of a node hang for longer than a node waits for it,
// which is 20 seconds. The node must have stopped by then, so that the others
// have another leader: they would follow it for ever. Make one with
// NewLongHungDisk.
type LongHungDisk struct{ HungDisk }

// NewLongHungDisk returns the nemesis.
func NewLongHungDisk(disks Disks) *LongHungDisk { return &LongHungDisk{*NewHungDisk(disks)} }

// Name returns LongHungDiskName.
func (h *LongHungDisk) Name() string { return LongHungDiskName }

// Lasts does not depend on the period, since the node's patience does not. It
// leaves time to see that the others go on.
func (h *LongHungDisk) Lasts(time.Duration) (least, most time.Duration) {
	return 32 * time.Second, 36 * time.Second
}

// Stop lets the writes end and starts the node anew.
func (h *LongHungDisk) Stop(target Target) (string, error) {
	// Until then nobody can end the node, nor can it end itself.
	if err := h.sound(target.Node); err != nil {
		return "", err
	}
	return h.effect(), h.restart(target.Node)
}
