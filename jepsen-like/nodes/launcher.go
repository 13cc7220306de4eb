package nodes

import "runtime"

// launcher starts all processes from one thread. The kernel kills a child when
// the thread that started it ends, not only when the whole parent does, so that
// thread must live as long as any child: it is locked to the launcher's
// goroutine.
type launcher struct {
	// launches takes what is to be started; it is closed by close.
	launches chan launch
	// done is closed when the goroutine has ended.
	done chan struct{}
}

// launch starts one command, and says where the error of that goes.
type launch struct {
	start   func() error
	started chan error
}

// newLauncher returns a launcher whose thread, and so all its children, see what
// enter lets them see.
func newLauncher(enter func() error) (*launcher, error) {
	l := &launcher{launches: make(chan launch), done: make(chan struct{})}
	entered := make(chan error)
	go l.run(enter, entered)
	return l, <-entered
}

func (l *launcher) run(enter func() error, entered chan<- error) {
	defer close(l.done)
	// Never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	err := enter()
	entered <- err
	if err != nil {
		return
	}
	for request := range l.launches {
		request.started <- request.start()
	}
}

// start calls what starts a command, and returns the error of that.
func (l *launcher) start(start func() error) error {
	request := launch{start, make(chan error, 1)}
	l.launches <- request
	return <-request.started
}

// close ends the thread, and thereby what is left of its children.
func (l *launcher) close() {
	close(l.launches)
	<-l.done
}
