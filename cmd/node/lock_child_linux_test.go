package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCommandOfAKilledHolderEndsWithIt kills lock without giving it a chance to
// do anything; the next one has the lock when its lease has ended.
func TestCommandOfAKilledHolderEndsWithIt(t *testing.T) {
	t.Parallel()
	node, pipe := openLockNode(t), makePipe(t)
	holding := startProgram(t, "lock", lockText, "--ttl", "1s", "--addr", node.url, "--",
		"sh", "-c", "exec 3>'"+pipe+"'; echo running >&3; while :; do sleep 0.05; done")
	lives := openPipe(t, pipe)
	awaitLine(t, lives)
	holding.command.Process.Kill()
	awaitEnd(t, lives)
	holding.wait()
	lock(soon(t), node.url, "--", "echo", "mine").check(t, exitOK, "mine\n", "")
	node.checkFree(t)
}

// terminal is a terminal that a test types at.
type terminal struct {
	*os.File
	// screen is what is shown.
	screen *bufio.Reader
	// program is the other side.
	program *os.File
}

// openTerminal opens a terminal.
func openTerminal(t *testing.T) *terminal {
	t.Helper()
	typed, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { typed.Close() })
	if err := unix.IoctlSetPointerInt(int(typed.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(typed.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return &terminal{File: typed, screen: bufio.NewReader(typed), program: program}
}

// await reads lines up to one with this text.
func (s *terminal) await(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := s.screen.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("the terminal does not show %q: %v", text, err)
		}
	}
}

// TestCommandUsesTheTerminalOfItsLock types at a command, which the terminal
// would stop if it were in the background, and interrupts it.
func TestCommandUsesTheTerminalOfItsLock(t *testing.T) {
	t.Setenv(asProgram, "1")
	node, screen := openLockNode(t), openTerminal(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(soon(t), program, "lock", lockText, "--addr", node.url, "--", "sh", "-c",
		`trap 'n=$((n+1)); echo interrupted' INT; trap 'exit $((n+10))' TERM; echo running; read x; echo "read $x"; while :; do sleep 0.05; done`)
	command.Stdin, command.Stdout, command.Stderr = screen.program, screen.program, screen.program
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	screen.program.Close() // the screen ends when nobody else has it open
	screen.await(t, "running")
	screen.WriteString("hello\n")
	screen.await(t, "read hello")
	screen.WriteString("\x03") // Ctrl-C
	screen.await(t, "interrupted")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if code := command.ProcessState.ExitCode(); code != 11 {
		t.Errorf("%v after one interrupt, want exit status 11", command.ProcessState)
	}
	node.checkFree(t)
}
