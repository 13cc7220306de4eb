package nemesis

import (
	"fmt"
	"time"
)

// Disks is what faults of disks are made of: each node has a disk of its own.
// The nodes are stopped and started for some of them, too.
type Disks interface {
	Nodes
	// SupportsDisk returns nil, or why disks cannot be made like this here.
	SupportsDisk(disk Disk) error
	// SetDisk gives the disk of a node this behaviour, until the next call. The
	// zero Disk is sound: all that was done to it before is undone. For a dead
	// disk that takes the end of the node. A node that ends by itself while its
	// disk fails does what it must: that is no crash.
	SetDisk(id string, disk Disk) error
	// Hindered returns how much of what the nodes wanted of their disks has been
	// seen to be delayed or refused so far. A node that has ended by itself for
	// that counts as one.
	Hindered() uint64
}

// Disk is how a disk behaves.
type Disk struct {
	// Dead makes every write fail. What was not flushed before is lost.
	Dead bool
	// Full makes every write fail that needs room.
	Full bool
	// Hung lets no write end before the disk is sound again.
	Hung bool
	// FailedFlushes makes every flush fail, and flushes nothing; Delay makes it
	// last longer. Both concern the process that the node has at that moment.
	FailedFlushes bool
	Delay         time.Duration
}

// OfDisks returns every nemesis that needs disks.
func OfDisks(disks Disks) []Nemesis {
	return []Nemesis{
		NewPowerCut(disks), NewPowerCutAll(disks), NewDeadDisk(disks), NewFullDisk(disks),
		NewFailedFlushes(disks), NewSlowDisk(disks), NewHungDisk(disks), NewLongHungDisk(disks),
	}
}

// hinder is the common part of faults that make a disk behave badly.
type hinder struct {
	disks Disks
	// before is what Hindered said at the start of the fault.
	before uint64
}

// Kind returns Node.
func (h *hinder) Kind() Kind { return Node }

// begin gives the disks of nodes a behaviour, at the start of a fault.
func (h *hinder) begin(disk Disk, ids ...string) error {
	h.before = h.disks.Hindered()
	return h.set(disk, ids...)
}

func (h *hinder) set(disk Disk, ids ...string) error {
	return each(ids, func(id string) error { return h.disks.SetDisk(id, disk) })
}

// effect says what has come of it since begin.
func (h *hinder) effect() string {
	n := h.disks.Hindered() - h.before
	return effectIf(n > 0, fmt.Sprintf("%d hindered", n))
}

// sound makes the disk of a node sound.
func (h *hinder) sound(id string) error { return h.disks.SetDisk(id, Disk{}) }

// Heal makes all disks sound and starts every node that is not running.
func (h *hinder) Heal() error { return onAll(h.disks, h.restore) }

// restore makes the disk of a node sound and starts it, if it does not run.
func (h *hinder) restore(id string) error {
	if err := h.sound(id); err != nil {
		return err
	}
	return h.disks.Start(id)
}

// restart makes the disk of a node sound and starts the node anew: it may have
// met an error that it has not yet ended by.
func (h *hinder) restart(id string) error {
	if err := h.disks.Kill(id); err != nil {
		return err
	}
	return h.restore(id)
}
