package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Contents are files by their names, which are paths in a folder with slashes.
type Contents map[string][]byte

// Read reads a whole folder.
func Read(dir string) (Contents, error) {
	contents := Contents{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents[name], err = fs.ReadFile(root, name)
		return err
	})
	return contents, err
}

// Restore writes all files to a folder, which is made if it is not there, and flushes
// them.
func (c Contents) Restore(dir string) error {
	dirs := map[string]bool{filepath.Dir(dir): true, dir: true}
	for name, content := range c {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := errors.Join(os.WriteFile(path, content, 0o600), Flush(path)); err != nil {
			return err
		}
		for parent := filepath.Dir(path); parent != dir; parent = filepath.Dir(parent) {
			dirs[parent] = true
		}
	}
	var problems []error
	for dir := range dirs {
		problems = append(problems, Flush(dir))
	}
	return errors.Join(problems...)
}

// Write writes a file, and flushes it with its name.
func Write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return errors.Join(Flush(path), Flush(filepath.Dir(path)))
}

// Flush puts a file or folder on the disk.
func Flush(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
