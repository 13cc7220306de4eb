package sim

import (
	"errors"
	"syscall"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
	disks "example.com/gstate/jepsen-like/overlay/disk"
)

// errInMemory is why the disks of some runs have no faults.
var errInMemory = errors.New("the nodes store in memory")

// The time that a sync takes on a sound disk.
const (
	leastSync = 100 * time.Microsecond
	mostSync  = 5 * time.Millisecond
)

// SupportsDisk returns nil if the nodes have disks: those can all that is asked
// for.
func (f *fleet) SupportsDisk(nemesis.Disk) error {
	if f.stores == nil {
		return errInMemory
	}
	return nil
}

// SetDisk gives the disk of a node this behaviour. A dead one is made sound by
// the end of the node.
func (f *fleet) SetDisk(id string, disk nemesis.Disk) error {
	store := f.stores[id]
	if store == nil {
		return nil // it is as sound as memory
	}
	former := f.note(id, disk)
	if disk.Dead {
		store.Cut()
		return nil
	}
	var err error
	if former.Dead {
		_, lost := store.Restore()
		err = errors.Join(f.Kill(id), lost)
	}
	spoil(store, disk)
	return err
}

// note keeps what the disk of a node is to be like, and returns what it was. If
// it fails, the node may end by itself.
func (f *fleet) note(id string, disk nemesis.Disk) (former nemesis.Disk) {
	f.fate.Lock()
	defer f.fate.Unlock()
	former = f.fate.disks[id]
	f.fate.disks[id] = disk
	excuse := f.fate.excuses[id]
	excuse.Disk(fails(disk))
	f.fate.excuses[id] = excuse
	return former
}

// fails reports whether a node may end by itself on such a disk.
func fails(disk nemesis.Disk) bool {
	return disk.Dead || disk.Full || disk.Hung || disk.FailedFlushes
}

// spoil makes a disk that has power behave so.
func spoil(store *disks.Disk, disk nemesis.Disk) {
	store.Heal()
	store.Latency(leastSync, mostSync)
	store.Delay(disk.Delay)
	if disk.Full {
		store.Fail(disks.Write, syscall.ENOSPC, disks.Always)
		store.Fail(disks.Names, syscall.ENOSPC, disks.Always)
	}
	if disk.FailedFlushes {
		store.Fail(disks.Sync, syscall.EIO, disks.Always)
	}
	if disk.Hung {
		store.Stall()
	}
}

// Hindered returns how much the disks have refused or delayed, and how many nodes
// have ended by themselves for that.
func (f *fleet) Hindered() uint64 {
	f.fate.Lock()
	hindered := f.fate.gaveUp
	f.fate.Unlock()
	for _, store := range f.stores {
		hindered += store.Hindered()
	}
	return hindered
}
