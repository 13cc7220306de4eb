package sim

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/files"
	"example.com/gstate/jepsen-like/nemesis"
)

// CanDamage returns nil if the nodes have files.
func (f *fleet) CanDamage() error { return f.SupportsDisk(nemesis.Disk{}) }

// Files returns the names of a node's files.
func (f *fleet) Files(id string) ([]string, error) {
	found, err := files.Read(f.folders[id])
	return slices.Sorted(maps.Keys(found)), err
}

// Damage gives a file of a stopped node the content that change makes of it, or
// removes it without one. Until Repair the node may end by itself.
func (f *fleet) Damage(id, name string, change func([]byte) []byte) error {
	if f.originals[id] == nil {
		found, err := files.Read(f.folders[id])
		if err != nil {
			return err
		}
		f.originals[id] = found
	}
	path := filepath.Join(f.folders[id], filepath.FromSlash(name))
	if change == nil {
		return errors.Join(os.RemoveAll(path), files.Flush(filepath.Dir(path)))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return files.Write(path, change(content))
}

// Repair puts a stopped node's files back as they were, unless it has opened its
// folder with the damage.
func (f *fleet) Repair(id string) error {
	originals := f.originals[id]
	delete(f.originals, id)
	if originals == nil {
		return nil
	}
	return originals.Restore(f.folders[id])
}
