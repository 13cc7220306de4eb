package disk

import (
	"syscall"
	"time"
)

// Op is what can be made to fail.
type Op int

const (
	// Write is writing to a file, and making it longer or shorter.
	Write Op = iota
	// Sync is fsync and fdatasync.
	Sync
	// Names is making, renaming and removing files and folders.
	Names
	ops
)

// Always is how often a fault that lasts until Heal comes.
const Always = -1

// faults is what is wrong with a disk. The zero value is a sound one, which
// takes no time.
type faults struct {
	failing [ops]failure
	least   time.Duration
	most    time.Duration
	delay   time.Duration
	// stalled is closed when the disk goes on; nil while it does.
	stalled chan struct{}
}

type failure struct {
	err  syscall.Errno
	left int
}

// Fail makes the next operations of a kind fail, so many times, or Always. A
// write that fails with ENOSPC may have written its first sectors. What a failed sync had
// to write down is lost to later ones, too, as on Linux.
func (d *Disk) Fail(op Op, err syscall.Errno, times int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.faults.failing[op] = failure{err, times}
}

// Latency makes each sync take a time that is drawn between the two.
func (d *Disk) Latency(least, most time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.faults.least, d.mu.faults.most = least, most
}

// Delay makes each sync last so much longer.
func (d *Disk) Delay(more time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.faults.delay = more
}

// Hindered returns how many operations have failed so far, or were kept waiting
// by Stall or Delay.
func (d *Disk) Hindered() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.hindered
}

// Stall makes all that changes the disk wait until Heal, or until a power cut.
func (d *Disk) Stall() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mu.faults.stalled == nil {
		d.mu.faults.stalled = make(chan struct{})
	}
}

// Heal ends what Fail, Latency, Delay and Stall have begun.
func (d *Disk) Heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.goOn()
	d.mu.faults = faults{}
}

// goOn ends a stall. d.mu is held.
func (d *Disk) goOn() {
	if d.mu.faults.stalled != nil {
		close(d.mu.faults.stalled)
		d.mu.faults.stalled = nil
	}
}

// enter waits as long as the disk stalls or takes for the operation, and
// returns the error that it has, with d.mu locked. The caller unlocks it.
// Generation is that of the process that calls.
func (d *Disk) enter(op Op, generation int) error {
	d.mu.Lock()
	waits := d.mu.faults.stalled != nil || op == Sync && d.mu.faults.delay > 0
	if waits {
		d.mu.hindered++
	}
	err := d.pass(op, generation)
	if err != nil && !waits {
		d.mu.hindered++
	}
	return err
}

// pass is enter with d.mu locked before, too.
func (d *Disk) pass(op Op, generation int) error {
	for d.mu.faults.stalled != nil && d.alive(generation) {
		stalled := d.mu.faults.stalled
		d.mu.Unlock()
		<-stalled
		d.mu.Lock()
	}
	if latency := d.latency(op); latency > 0 && d.alive(generation) {
		d.mu.Unlock()
		time.Sleep(latency)
		d.mu.Lock()
	}
	if !d.alive(generation) {
		return syscall.EIO
	}
	return d.failure(op)
}

// alive reports whether there is power, and has been since a file was opened.
func (d *Disk) alive(generation int) bool {
	return !d.mu.off && generation == d.mu.generation
}

func (d *Disk) latency(op Op) time.Duration {
	f := d.mu.faults
	if op != Sync {
		return 0
	}
	return f.delay + f.least + time.Duration(d.mu.random.Int64N(int64(max(f.most-f.least, 0))+1))
}

func (d *Disk) failure(op Op) error {
	failing := &d.mu.faults.failing[op]
	if failing.left == 0 {
		return nil
	}
	if failing.left > 0 {
		failing.left--
	}
	return failing.err
}
