package nodes

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/files"
)

// CanDamage returns nil: a node's files can be changed everywhere.
func (c *Cluster) CanDamage() error { return nil }

// Files returns the names of a node's files, which are paths in its folder with
// slashes, in order.
func (c *Cluster) Files(id string) ([]string, error) {
	n, err := c.node(id)
	if err != nil {
		return nil, err
	}
	var found files.Contents
	err = c.inFolders(func() (err error) {
		found, err = files.Read(n.dir)
		return err
	})
	return slices.Sorted(maps.Keys(found)), err
}

// Damage gives a file of a stopped node the content that change makes of it.
// Without change, the file or folder is removed. Until Repair, or until the node
// has opened the folder nevertheless, each process that is started may end by itself,
// with the exit status 1: at once, or when it meets the damage later.
func (c *Cluster) Damage(id, name string, change func([]byte) []byte) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	s := &n.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.inFolders(func() error {
		if s.originals == nil {
			if s.originals, err = files.Read(n.dir); err != nil {
				return err
			}
			s.damaged.Store(true)
		}
		path := filepath.Join(n.dir, filepath.FromSlash(name))
		if change == nil {
			return os.RemoveAll(path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(content), 0o600)
	})
}

// Repair puts a stopped node's files back as they were before the first Damage.
// If the node has opened its folder since, it does nothing.
func (c *Cluster) Repair(id string) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	s := &n.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.originals == nil {
		return nil
	}
	err = c.inFolders(func() error {
		return errors.Join(os.RemoveAll(n.dir), s.originals.Restore(n.dir))
	})
	if err == nil {
		s.acceptLocked()
	}
	return err
}

// acceptLocked notes that what was damaged is not to be put back.
func (s *storage) acceptLocked() {
	if s.originals != nil {
		s.originals = nil
		s.damaged.Store(false)
	}
}
