package nodes

import (
	"os/exec"
	"runtime"
)

// launcher starts all processes from one thread. The kernel kills a child when
// the thread that started it ends, not only when the whole parent does, so that
// thread must live as long as any child: it is locked to the launcher's
// goroutine.
type launcher struct {
	// commands takes what is to be started; it is closed by close.
	commands chan launch
	// done is closed when the goroutine has ended.
	done chan struct{}
}

// launch is one command and where the error of its start goes.
type launch struct {
	command *exec.Cmd
	started chan error
}

func newLauncher() *launcher {
	l := &launcher{commands: make(chan launch), done: make(chan struct{})}
	go l.run()
	return l
}

func (l *launcher) run() {
	defer close(l.done)
	// Never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	for request := range l.commands {
		request.started <- request.command.Start()
	}
}

// start starts the command and returns the error of that.
func (l *launcher) start(command *exec.Cmd) error {
	request := launch{command, make(chan error, 1)}
	l.commands <- request
	return <-request.started
}

// close ends the thread, and thereby what is left of its children.
func (l *launcher) close() {
	close(l.commands)
	<-l.done
}
