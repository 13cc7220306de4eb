package disk

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Flushes is how a process fares that flushes what it has written (fsync,
// fdatasync).
type Flushes struct {
	// Delay is how much longer each flush takes.
	Delay time.Duration
	// Fail makes each fail with an I/O error, without flushing anything.
	Fail bool
}

// Hindrance is in the way of a process. Make one with Hinder.
type Hindrance struct {
	tracer *exec.Cmd
	// touched is how many flushes were hindered. It may be read when done is
	// closed: the tracer has ended then.
	touched int
	done    chan struct{}
}

// Hinder makes the flushes of a running process go like this until End, or until
// the process ends. It does so as a debugger: with strace.
func Hinder(pid int, flushes Flushes) (*Hindrance, error) {
	tool, err := findTool("strace")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	h := &Hindrance{
		tracer: exec.Command(tool, "--follow-forks", "--attach="+strconv.Itoa(pid), "--trace=fsync,fdatasync", "--inject="+flushes.injection()),
		done:   make(chan struct{}),
	}
	h.tracer.SysProcAttr = boundToThread()
	output, err := h.tracer.StderrPipe()
	if err != nil {
		return nil, err
	}
	attached := make(chan error)
	go h.run(bufio.NewScanner(output), attached)
	if err := <-attached; err != nil {
		return nil, fmt.Errorf("strace of process %d: %w", pid, err)
	}
	return h, nil
}

// run starts the tracer and reads its output until it ends. The kernel kills the
// tracer with the thread that has started it, so this one stays as long.
func (h *Hindrance) run(lines *bufio.Scanner, attached chan<- error) {
	defer close(h.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := h.tracer.Start(); err != nil {
		attached <- err
		return
	}
	// The first line says that all threads are held, or why they are not.
	if lines.Scan() && strings.Contains(lines.Text(), " attached") {
		attached <- nil
	} else {
		attached <- errors.New(lines.Text())
		_ = h.tracer.Process.Kill()
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), "(INJECTED)") || strings.Contains(lines.Text(), "(DELAYED)") {
			h.touched++
		}
	}
	// The status is that of a kill, or of a process that has ended.
	_ = h.tracer.Wait()
}

// injection is the injection in the words of strace.
func (f Flushes) injection() string {
	text := "fsync,fdatasync"
	if f.Delay > 0 {
		text += fmt.Sprintf(":delay_enter=%d", f.Delay.Microseconds())
	}
	if f.Fail {
		text += ":error=EIO"
	}
	return text
}

// End lets the flushes go well again, and returns how many were hindered. The
// tracer is killed: when it is asked to end, it waits for ever for a process that
// is just ending. The kernel lets go of whom it held.
func (h *Hindrance) End() (touched int, err error) {
	err = h.tracer.Process.Kill()
	<-h.done
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return h.touched, err
}

// CanHinder returns nil, or an error that matches ErrUnavailable: there is no
// strace, or it is not allowed to do that.
var CanHinder = sync.OnceValue(func() error {
	// It is tried on a process that waits for its input.
	victim := exec.Command("cat")
	input, err := victim.StdinPipe()
	if err == nil {
		err = victim.Start()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	h, err := Hinder(victim.Process.Pid, Flushes{Fail: true})
	if err == nil {
		_, err = h.End()
	}
	if err = errors.Join(err, input.Close(), victim.Wait()); err != nil && !errors.Is(err, ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
})
