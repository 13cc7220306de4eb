package disk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// ErrNotBuilt: the binary was built without the overlay.
var ErrNotBuilt = errors.New("built without the overlay that models disks")

// Disk is a folder whose files are on a modelled disk. Make one with Open.
type Disk struct {
	folder string
	// aside is beside the folder and on the same file system. It keeps what
	// would be lost: files that were removed or replaced, and second names of
	// those that have changed.
	aside string

	mu struct {
		sync.Mutex
		random *rand.Rand
		faults faults
		// hindered counts what has failed or was kept waiting.
		hindered uint64
		// off is true from Cut to Restore. Handles of earlier generations are
		// those of a process that the power cut has ended.
		off        bool
		generation int
		open       []*file
		inodes     []*inode
		names      names
		asides     int
		lost       Lost
	}
}

// disks are those that are open. Names are looked up in them.
var disks struct {
	sync.Mutex
	open []*Disk
}

// Open models the disk beneath a folder, which must be there, until Close. What
// is in the folder counts as synced. What a power cut takes follows from the
// seed. Only binaries that are built with the overlay can: others get
// ErrNotBuilt.
func Open(folder string, seed uint64) (*Disk, error) {
	if err := hooked(); err != nil {
		return nil, err
	}
	return open(folder, seed)
}

func open(folder string, seed uint64) (*Disk, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	d := &Disk{folder: folder, aside: folder + ".aside"}
	d.mu.random = rand.New(rand.NewPCG(seed, 0))
	if err := os.Mkdir(d.aside, 0o700); err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	disks.Lock()
	defer disks.Unlock()
	disks.open = append(disks.open, d)
	return d, nil
}

// Close ends the model, and leaves the files as they are.
func (d *Disk) Close() error {
	disks.Lock()
	disks.open = slices.DeleteFunc(disks.open, func(other *Disk) bool { return other == d })
	disks.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	var problems []error
	for _, in := range d.mu.inodes {
		problems = append(problems, in.close())
	}
	d.mu.inodes = nil
	return errors.Join(append(problems, os.RemoveAll(d.aside))...)
}

// find returns the disk that a name is on, or nil.
func find(name string) *Disk {
	disks.Lock()
	defer disks.Unlock()
	if len(disks.open) == 0 {
		return nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil
	}
	for _, d := range disks.open {
		if path == d.folder || strings.HasPrefix(path, d.folder+string(filepath.Separator)) {
			return d
		}
	}
	return nil
}

// findOpen returns the open file that has the descriptor, or nil.
func findOpen(descriptor uintptr) *file {
	disks.Lock()
	defer disks.Unlock()
	for _, d := range disks.open {
		if f := d.openFile(descriptor); f != nil {
			return f
		}
	}
	return nil
}

func (d *Disk) openFile(descriptor uintptr) *file {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.mu.open {
		if f.handle.Fd() == descriptor {
			return f
		}
	}
	return nil
}

// nextAside returns a name beside the folder that is not taken. d.mu is held.
func (d *Disk) nextAside() string {
	d.mu.asides++
	return filepath.Join(d.aside, fmt.Sprint(d.mu.asides))
}
