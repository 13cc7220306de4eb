package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// imageBytes is the size of a disk. A node of a run needs a tenth of it.
	imageBytes = 128 << 20
	// unmountTimeout bounds the wait until the last process that used a disk has
	// let go of it. The kernel does that a moment after the process has ended.
	unmountTimeout = 10 * time.Second
	// askAgain is the pause before a disk that is in use is unmounted again.
	askAgain = 2 * time.Millisecond
	// filler is the file that fills a disk.
	filler = "filler"
)

// ErrInUse: a disk cannot be unmounted, since somebody uses it.
var ErrInUse = errors.New("disk is in use")

// Disk is a file system of its own in a file. Make one with Room.Make. Its
// methods are for one goroutine at a time.
type Disk struct {
	room *Room
	// image is what the disk keeps. It has no name: it is gone with the last
	// who has it open.
	image *os.File
	// dir is where the disk is mounted, and device what it is mounted from.
	dir, device string
	// mounted is false from a Replug that could not mount it again to the next.
	mounted bool
	// thawer ends the present freeze, nil without one.
	thawer *thawer
}

// Make makes a disk and mounts it at dir, an empty folder. The error matches
// ErrUnavailable where that is not possible.
func (r *Room) Make(dir string) (*Disk, error) {
	image, err := format(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: a disk of our own: %w", ErrUnavailable, err)
	}
	d := &Disk{room: r, image: image, dir: dir}
	if err := r.Do(d.mount); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: a disk of our own: %w", ErrUnavailable, err), image.Close())
	}
	return d, nil
}

func (d *Disk) mount() error {
	device, err := attach(d.image)
	if err != nil {
		return err
	}
	// From then on the mount alone holds the device.
	defer device.Close()
	if err := mount(device, d.dir); err != nil {
		return err
	}
	d.device, d.mounted = device.Name(), true
	return nil
}

// ShutDown makes each further write fail, as that of a disk that is gone. What
// was written and not flushed is lost: Replug does not find it again.
func (d *Disk) ShutDown() error { return d.room.Do(func() error { return shutDown(d.dir) }) }

// Replug unmounts the disk and mounts it again: it has what it had kept, and
// works. Nobody may use it meanwhile: else the error matches ErrInUse.
func (d *Disk) Replug() error {
	return d.room.Do(func() error {
		if err := d.unmount(); err != nil {
			return err
		}
		return d.mount()
	})
}

// unmount waits until nobody uses the disk any more, and the device has let go of
// the image. Were another one made of it before, then two file systems would write
// to it.
func (d *Disk) unmount() error {
	deadline := time.Now().Add(unmountTimeout)
	for d.mounted {
		err := unmount(d.dir)
		d.mounted = err != nil
		if err != nil && (!isBusy(err) || time.Now().After(deadline)) {
			return fmt.Errorf("%w: %s: %w", ErrInUse, d.dir, err)
		}
		time.Sleep(askAgain)
	}
	for {
		attached, err := isAttached(d.device, d.image)
		if err != nil || !attached {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: %s is mounted elsewhere, too", ErrInUse, d.device)
		}
		time.Sleep(askAgain)
	}
}

// Fill takes all the room that is left, and Free gives it back. Neither is undone
// by a power cut.
func (d *Disk) Fill() error {
	return d.room.Do(func() error {
		return errors.Join(takeAll(filepath.Join(d.dir, filler)), d.flush())
	})
}

// Free makes room again.
func (d *Disk) Free() error {
	return d.room.Do(func() error {
		return errors.Join(os.Remove(filepath.Join(d.dir, filler)), d.flush())
	})
}

// flush puts on the disk which files there are.
func (d *Disk) flush() error {
	root, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	return errors.Join(root.Sync(), root.Close())
}

// Freeze lets no write end until Thaw. Who writes cannot even be killed. If this
// process ends before, however that comes about, the disk is thawed.
func (d *Disk) Freeze() error {
	thawer, err := d.room.newThawer(d.dir)
	if err != nil {
		return err
	}
	if err := d.room.Do(func() error { return freeze(d.dir) }); err != nil {
		return errors.Join(err, thawer.dismiss())
	}
	d.thawer = thawer
	return nil
}

// Thaw lets the writes go on. A disk that is not frozen is left alone.
func (d *Disk) Thaw() error {
	if d.thawer == nil {
		return nil
	}
	thawer := d.thawer
	d.thawer = nil
	return thawer.thaw()
}

// Close thaws and unmounts the disk. All that it held is gone. Nobody may use it
// any more.
func (d *Disk) Close() error {
	return errors.Join(d.Thaw(), d.room.Do(d.unmount), d.image.Close())
}
