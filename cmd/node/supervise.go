package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stopPatience is how long a process may take to stop in order before it is
// killed; more than 'node run' takes.
const stopPatience = shutdownTimeout + 2*time.Second

// errEnded is the cause of waiting for a process that is gone.
var errEnded = errors.New("the process has ended")

// process is a child that runs this same program. It ends with this process,
// however that dies: it watches its standard input, whose other end is here,
// and on Linux the kernel kills it.
//
// One goroutine inside belongs to it and ends with the child; stop and kill
// wait for it.
type process struct {
	// command is the child. Its state may be read once ended is closed.
	command *exec.Cmd
	// input is the pipe whose end tells the child to stop in order. Signals
	// would do that too, but not on every system, and not when this process is
	// killed.
	input io.Closer
	// log is the file that the child prints to; wait closes it.
	log *os.File
	// ready is closed when the child has printed its first line.
	ready chan struct{}
	// ended is closed when the child is gone and its log is complete.
	ended chan struct{}
}

// startProcess runs this program with args, without waiting for it to be ready.
// What it prints is added to the file logPath. The caller ends it with stop or
// kill.
func startProcess(logPath string, args ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this program's own file: %w", err)
	}
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(program, args...), log: log, ready: make(chan struct{}), ended: make(chan struct{})}
	p.command.Env = withoutSettings(os.Environ())
	p.command.Stdout = &firstLine{copy: log, seen: p.ready}
	p.command.Stderr = log
	tieToParent(p.command)
	input, err := p.command.StdinPipe()
	if err == nil {
		p.input, err = input, p.command.Start()
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go p.wait()
	return p, nil
}

// withoutSettings removes the settings of 'node run' from an environment: the
// child gets its own on the command line, and should have no others from the
// shell that the demo was started in.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, environmentPrefix) {
			kept = append(kept, variable)
		}
	}
	return kept
}

// wait collects the child. How it ended stands in its log; here only the fact
// counts.
func (p *process) wait() {
	_ = p.command.Wait()
	_ = p.log.Close()
	close(p.ended)
}

// waitReady waits until the child is ready. The error is errEnded when the
// child ends before, or ctx's cause.
func (p *process) waitReady(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return errEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// kill ends the child at once, as SIGKILL does, and waits until it is gone.
func (p *process) kill() {
	_ = p.command.Process.Kill() // fails only when the child is gone already
	<-p.ended
}

// stop lets the child stop in order, and kills it when that takes longer than
// stopPatience. It waits until the child is gone. Calling it again, or after
// kill, does nothing.
func (p *process) stop() {
	_ = p.input.Close()
	select {
	case <-p.ended:
	case <-time.After(stopPatience):
		p.kill()
	}
}

// firstLine copies what is written to it, and closes seen at the end of the
// first line. Only the one goroutine that os/exec has for a child's output
// writes to it.
type firstLine struct {
	copy io.Writer
	seen chan struct{}
	once sync.Once
}

func (f *firstLine) Write(p []byte) (int, error) {
	if bytes.IndexByte(p, '\n') >= 0 {
		f.once.Do(func() { close(f.seen) })
	}
	return f.copy.Write(p)
}
