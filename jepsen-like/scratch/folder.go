package scratch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// sweep waits for a line, and without one removes the folder: the program has
// ended. Processes that die with it may still write for a moment.
const sweep = `read -r line && exit
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
	rm -rf -- "$1" && exit
	sleep 1
done`

// Folder is one folder.
type Folder struct {
	path string
	// sweeper is the shell, and line its input; both are nil where there is none,
	// or when the folder is not to be swept any more.
	sweeper *exec.Cmd
	line    io.WriteCloser
}

// Make makes a folder as [os.MkdirTemp] does.
func Make(parent, pattern string) (*Folder, error) {
	path, err := os.MkdirTemp(parent, pattern)
	if err != nil {
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
	return err
}

// Remove removes the folder with all that is in it, and waits for that. A folder
// that was kept is removed too.
func (f *Folder) Remove() error {
	return errors.Join(os.RemoveAll(f.path), f.Keep())
}
