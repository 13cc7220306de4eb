package scratch

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
)

// sweep waits for a line, and without one removes the folder: the program has
// ended. Processes that die with it may still write for a moment.
const sweep = `read -r line && exit
tries=30
until rm -rf -- "$1" || [ $((tries -= 1)) -eq 0 ]; do
	sleep 1
done`

// Folder is one folder.
type Folder struct {
	path string
	// sweeper is the shell, nil where there is none, or when the folder is not to be
	// swept any more; line is its input.
	sweeper *exec.Cmd
	line    io.WriteCloser
}

// Make makes a folder in a parent, or without one in the folder for temporary
// files. Its name begins with the prefix and is always as long: that decides what
// lies where in the memory of a program in it, and so whether this repeats itself.
func Make(parent, prefix string) (*Folder, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	path := filepath.Join(parent, fmt.Sprintf("%s%016x", prefix, rand.Uint64()))
	if err := os.Mkdir(path, 0o700); err != nil {
		return nil, err
	}
	f := &Folder{path: path}
	if err := f.watch(); err != nil {
		return nil, errors.Join(fmt.Errorf("watching over %s: %w", path, err), os.RemoveAll(path))
	}
	return f, nil
}

// watch starts the shell, if the machine has one.
func (f *Folder) watch() error {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil
	}
	sweeper := exec.Command(shell, "-c", sweep, "sweep", f.path)
	sweeper.SysProcAttr = apart()
	line, err := sweeper.StdinPipe()
	if err != nil {
		return err
	}
	if err := sweeper.Start(); err != nil {
		return err
	}
	f.sweeper, f.line = sweeper, line
	return nil
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// Keep makes the folder one like all others. It waits until nothing watches over
// it any more, which takes no time. Further calls do nothing.
func (f *Folder) Keep() error {
	if f.sweeper == nil {
		return nil
	}
	_, err := io.WriteString(f.line, "keep\n")
	err = errors.Join(err, f.line.Close(), f.sweeper.Wait())
	f.sweeper = nil
	if err != nil {
		return fmt.Errorf("ending the watch over %s: %w", f.path, err)
	}
	return nil
}

// Remove removes the folder with all that is in it, and waits for that. A folder
// that was kept is removed too.
func (f *Folder) Remove() error {
	return errors.Join(os.RemoveAll(f.path), f.Keep())
}
