package nodes

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// contents are files by their names, which are paths in a folder with slashes.
type contents map[string][]byte

// CanDamage returns nil: a node's files can be changed everywhere.
func (c *Cluster) CanDamage() error { return nil }

// Files returns the names of a node's files, which are paths in its folder with
// slashes, in order.
func (c *Cluster) Files(id string) ([]string, error) {
	n, err := c.node(id)
	if err != nil {
		return nil, err
	}
	var files contents
	err = c.inFolders(func() (err error) {
		files, err = load(n.dir)
		return err
	})
	return slices.Sorted(maps.Keys(files)), err
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
			if s.originals, err = load(n.dir); err != nil {
				return err
			}
			s.failing.Store(true)
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
		return errors.Join(os.RemoveAll(n.dir), store(n.dir, s.originals))
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
		s.failing.Store(false)
	}
}

// load reads a whole folder.
func load(dir string) (contents, error) {
	files := contents{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(root, name)
		return err
	})
	return files, err
}

// store writes a whole folder, and flushes it: it must outlive a power cut as
// its original would have.
func store(dir string, files contents) error {
	dirs := map[string]bool{filepath.Dir(dir): true, dir: true}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		if err := flush(path); err != nil {
			return err
		}
		for parent := filepath.Dir(path); parent != dir; parent = filepath.Dir(parent) {
			dirs[parent] = true
		}
	}
	var problems []error
	for dir := range dirs {
		problems = append(problems, flush(dir))
	}
	return errors.Join(problems...)
}

// flush puts a file or folder on the disk.
func flush(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
