package sim

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/nemesis"
)

// contents are files by their names, which are paths in a folder with slashes.
type contents map[string][]byte

// CanDamage returns nil if the nodes have files.
func (f *fleet) CanDamage() error { return f.SupportsDisk(nemesis.Disk{}) }

// Files returns the names of a node's files.
func (f *fleet) Files(id string) ([]string, error) {
	files, err := readAll(f.folders[id])
	return slices.Sorted(maps.Keys(files)), err
}

// Damage gives a file of a stopped node the content that change makes of it, or
// removes it without one. Until Repair the node may end by itself.
func (f *fleet) Damage(id, name string, change func([]byte) []byte) error {
	if f.originals[id] == nil {
		files, err := readAll(f.folders[id])
		if err != nil {
			return err
		}
		f.originals[id] = files
	}
	path := filepath.Join(f.folders[id], filepath.FromSlash(name))
	if change == nil {
		return errors.Join(os.RemoveAll(path), flush(filepath.Dir(path)))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return write(path, change(content))
}

// Repair puts a stopped node's files back as they were, unless it has opened its
// folder with the damage.
func (f *fleet) Repair(id string) error {
	files := f.originals[id]
	delete(f.originals, id)
	if files == nil {
		return nil
	}
	var problems []error
	for name, content := range files {
		path := filepath.Join(f.folders[id], filepath.FromSlash(name))
		problems = append(problems, os.MkdirAll(filepath.Dir(path), 0o700), write(path, content))
	}
	return errors.Join(problems...)
}

// readAll reads a whole folder.
func readAll(dir string) (contents, error) {
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

// write writes a file, and flushes it with its name.
func write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return errors.Join(flush(path), flush(filepath.Dir(path)))
}

// flush puts a file or folder on the disk.
func flush(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
