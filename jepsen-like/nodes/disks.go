package nodes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"example.com/gstate/jepsen-like/disk"
	"example.com/gstate/jepsen-like/files"
	"example.com/gstate/jepsen-like/nemesis"
)

// errNotWanted is why there are no disks in a cluster whose Config wants none.
var errNotWanted = fmt.Errorf("%w: the nodes have plain folders", disk.ErrUnavailable)

// storage is a node's disk and what is done to it.
type storage struct {
	// failing says that the disk fails, and damaged that there are originals: each
	// may be the reason why a process is right to end by itself.
	failing, damaged atomic.Bool

	// mu lets one change happen at a time. It is taken before Cluster.mu.
	mu sync.Mutex
	// disk is nil if the node has a plain folder.
	disk *disk.Disk
	// behaviour is what the disk was given last, and hindrance what makes its
	// flushes slow or fail, nil if nothing does.
	behaviour nemesis.Disk
	hindrance *disk.Hindrance
	// originals are the files as they were before they were damaged, nil if they
	// are not.
	originals files.Contents
}

// NoDisks returns why the nodes have plain folders, or nil if each has a disk of
// its own.
func (c *Cluster) NoDisks() error { return c.noDisks }

// makeDisks mounts a disk for each node, if they are wanted and can be had.
func (c *Cluster) makeDisks() error {
	if c.noDisks = errNotWanted; !c.config.Disks {
		return nil
	}
	if c.room, c.noDisks = disk.NewRoom(); c.noDisks == nil {
		for _, n := range c.nodes {
			c.noDisks = errors.Join(c.noDisks, c.makeDisk(n))
		}
	}
	if errors.Is(c.noDisks, disk.ErrUnavailable) {
		return c.closeDisks()
	}
	return c.noDisks
}

// makeDisk moves the node's folder to a disk of its own.
func (c *Cluster) makeDisk(n *node) error {
	place := n.dir + ".disk"
	if err := os.Mkdir(place, 0o755); err != nil {
		return err
	}
	made, err := c.room.Make(place)
	if err != nil {
		return errors.Join(err, os.Remove(place))
	}
	n.storage.disk = made
	n.saved, n.dir = n.dir, filepath.Join(place, "data")
	return nil
}

// enter is for the thread from which nodes are started.
func (c *Cluster) enter() error {
	if c.room == nil {
		return nil
	}
	return c.room.Enter()
}

// inFolders calls action where the nodes' folders can be seen.
func (c *Cluster) inFolders(action func() error) error {
	if c.room == nil {
		return action()
	}
	return c.room.Do(action)
}

// closeDisks copies the nodes' folders from their disks, and takes the disks
// away. No process may run any more.
func (c *Cluster) closeDisks() error {
	if c.room == nil {
		return nil
	}
	var problems []error
	for _, n := range c.nodes {
		if n.storage.disk != nil {
			problems = append(problems, c.closeDisk(n))
		}
	}
	problems = append(problems, c.room.Close())
	c.room = nil
	return errors.Join(problems...)
}

func (c *Cluster) closeDisk(n *node) error {
	copied := c.room.Do(func() error {
		err := os.CopyFS(n.saved, os.DirFS(n.dir))
		if errors.Is(err, os.ErrNotExist) {
			return nil // it has never run
		}
		return err
	})
	closed := n.storage.disk.Close()
	n.storage.disk = nil
	place := filepath.Dir(n.dir)
	n.dir = n.saved
	return errors.Join(copied, closed, os.Remove(place))
}

// SupportsDisk returns nil, or why disks cannot be made like this here.
func (c *Cluster) SupportsDisk(behaviour nemesis.Disk) error {
	var problems []error
	if behaviour.Dead || behaviour.Full || behaviour.Hung {
		problems = append(problems, c.noDisks)
	}
	if behaviour.Hung {
		problems = append(problems, disk.CanFreeze())
	}
	if behaviour.FailedFlushes || behaviour.Delay > 0 {
		problems = append(problems, disk.CanHinder())
	}
	return errors.Join(problems...)
}

// Hindered returns how many flushes were seen to fail or to be delayed, and how
// many threads to wait for a hung disk; and how many processes have ended by
// themselves for that.
func (c *Cluster) Hindered() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.hindered
}

// SetDisk gives the disk of a node this behaviour, until the next call. The
// process that the node has then may end by itself, with the exit status 1,
// unless its disk is merely slow; so may those that are started until the disk is
// sound again. All of them have a while for it then. A dead disk is made sound by
// killing the node.
func (c *Cluster) SetDisk(id string, behaviour nemesis.Disk) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	s := &n.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.setDisk(n, behaviour); err != nil {
		return fmt.Errorf("disk of node %s: %w", id, err)
	}
	return nil
}

func (c *Cluster) setDisk(n *node, behaviour nemesis.Disk) error {
	s := &n.storage
	failing := behaviour.Dead || behaviour.Full || behaviour.Hung || behaviour.FailedFlushes
	if failing {
		c.noteFailing(n, true)
	}
	// A disk dies first: no flush that was to fail must succeed before.
	if behaviour.Dead && !s.behaviour.Dead {
		s.behaviour.Dead = true
		if err := s.disk.ShutDown(); err != nil {
			return err
		}
	}
	if err := c.mend(n, behaviour.Dead); err != nil {
		return err
	}
	if !failing {
		c.noteFailing(n, false)
	}
	return c.spoil(n, behaviour)
}

// spoil gives a disk a behaviour but for death. What was not done is not noted: it
// need not be undone.
func (c *Cluster) spoil(n *node, behaviour nemesis.Disk) error {
	s := &n.storage
	var err error
	if behaviour.FailedFlushes || behaviour.Delay > 0 {
		err = c.hinder(n, disk.Flushes{Fail: behaviour.FailedFlushes, Delay: behaviour.Delay})
	}
	if err == nil && behaviour.Full {
		err = s.disk.Fill()
		s.behaviour.Full = true
	}
	if err == nil && behaviour.Hung {
		err = s.disk.Freeze()
		s.behaviour.Hung = err == nil
	}
	return err
}

// mend undoes what was done to the disk, except that a dead one may stay so. What
// cannot be undone stays noted.
func (c *Cluster) mend(n *node, staysDead bool) error {
	s := &n.storage
	var problems []error
	if s.hindrance != nil {
		touched, err := s.hindrance.End()
		s.hindrance = nil
		c.addHindered(touched)
		problems = append(problems, err)
	}
	if s.behaviour.Hung {
		problems = append(problems, c.thaw(n))
	}
	if s.behaviour.Full {
		problems = append(problems, s.disk.Free())
		s.behaviour.Full = false
	}
	if s.behaviour.Dead && !staysDead {
		err := c.Kill(n.id)
		if err == nil {
			err = s.disk.Replug()
		}
		s.behaviour.Dead = err != nil
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// hinder is for the process that the node has now.
func (c *Cluster) hinder(n *node, flushes disk.Flushes) error {
	pid := c.pid(n)
	if pid == 0 {
		return nil
	}
	hindrance, err := disk.Hinder(pid, flushes)
	if err != nil && c.pid(n) != pid {
		return nil // it has ended meanwhile
	}
	n.storage.hindrance = hindrance
	return err
}

// thaw first counts who waits.
func (c *Cluster) thaw(n *node) error {
	waiting := 0
	if pid := c.pid(n); pid != 0 {
		waiting = disk.Waiting(pid)
	}
	c.addHindered(waiting)
	n.storage.behaviour.Hung = false
	return n.storage.disk.Thaw()
}

func (c *Cluster) addHindered(count int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.hindered += uint64(count)
}

// noteFailing notes whether the node's disk fails: its process may end by itself.
func (c *Cluster) noteFailing(n *node, failing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.storage.failing.Store(failing)
	if n.process != nil {
		n.process.excuse.Disk(failing)
	}
}

// pid returns the number of the node's process, 0 if it has none.
func (c *Cluster) pid(n *node) int {
	present, _ := c.processes(n)
	if present == nil {
		return 0
	}
	return present.command.Process.Pid
}
