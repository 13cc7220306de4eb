package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAFolderIsRemovedWhenItsProgramIsKilled kills all that is in the program's
// group, as a terminal or a supervisor does.
func TestAFolderIsRemovedWhenItsProgramIsKilled(t *testing.T) {
	// The shell becomes a child of ours, whose end can be waited for.
	must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	parent := t.TempDir()
	program := exec.Command(os.Args[0])
	program.SysProcAttr = apart()
	program.Env = append(os.Environ(), parentVariable+"="+parent)
	stdout, err := program.StdoutPipe()
	must(t, err)
	stdin, err := program.StdinPipe()
	must(t, err)
	defer stdin.Close()
	must(t, program.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	var sweeper int
	_, err = fmt.Sscan(line, &sweeper)
	must(t, err)
	if made, err := os.ReadDir(parent); err != nil || len(made) != 1 {
		t.Fatalf("%d folders, error %v", len(made), err)
	}
	must(t, unix.Kill(-program.Process.Pid, unix.SIGKILL))
	if err := program.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Fatalf("the program has ended by itself: %v", err)
	}
	_, err = unix.Wait4(sweeper, nil, 0, nil)
	must(t, err)
	if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}
