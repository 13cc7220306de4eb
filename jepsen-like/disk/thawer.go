package disk

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
)

// thawer is a child process that thaws a disk when its input ends: when we want
// that, and also when this process was killed. Nothing else could end the
// processes that wait for a frozen disk.
type thawer struct {
	command *exec.Cmd
	input   io.Closer
	output  *bytes.Buffer
}

// thawScript waits for the end of the input. $0 is the tool and $1 the disk.
const thawScript = `cat >/dev/null; exec "$0" --unfreeze "$1"`

// thawTool is the program that thaws a disk.
const thawTool = "fsfreeze"

// CanFreeze returns nil, or an error that matches ErrUnavailable: nothing could
// thaw a disk.
func CanFreeze() error {
	if _, err := findTool(thawTool); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (r *Room) newThawer(dir string) (*thawer, error) {
	tool, err := findTool(thawTool)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	t := &thawer{command: exec.Command("sh", "-c", thawScript, tool, dir), output: new(bytes.Buffer)}
	t.command.Stdout, t.command.Stderr = t.output, t.output
	// An interrupt of the terminal must not reach it.
	t.command.SysProcAttr = ownGroup()
	if t.input, err = t.command.StdinPipe(); err != nil {
		return nil, err
	}
	return t, r.Do(t.command.Start)
}

// thaw thaws the disk.
func (t *thawer) thaw() error {
	_ = t.input.Close()
	if err := t.command.Wait(); err != nil {
		return fmt.Errorf("thawing: %w\n%s", err, t.output)
	}
	return nil
}

// dismiss ends a thawer that is not needed.
func (t *thawer) dismiss() error {
	err := t.command.Process.Kill()
	_ = t.command.Wait()
	return err
}
