package transport

import (
	"errors"
	"net"
	"time"
)

// Waits of the accept loop after an error, such as too many open files: doubled
// from the first to the last, so that a passing one costs little and a lasting
// one no processor time.
const (
	acceptFirstWait = 5 * time.Millisecond
	acceptLastWait  = time.Second
)

// accept takes connections until the listener is closed. Other errors of the
// listener pass.
func (t *Transport) accept() {
	wait := acceptFirstWait
	for {
		raw, err := t.listener.Accept()
		switch {
		case err == nil:
			wait = acceptFirstWait
			t.receive(raw)
		case t.ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		default:
			t.log.Warn("cannot accept a connection", "error", err, "retry", wait)
			t.pause(wait)
			wait = min(2*wait, acceptLastWait)
		}
	}
}

// pause waits, but not beyond Close.
func (t *Transport) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
	}
}

// receive begins the service of an accepted connection, or drops it.
func (t *Transport) receive(raw net.Conn) {
	select {
	case t.greetings <- struct{}{}:
	default:
		t.journal.note(relation{event: eventAccept}, ErrBusy, "waiting", maxGreetings)
		raw.Close()
		return
	}
	c, err := t.track(raw, "", 0)
	if err != nil {
		return
	}
	if !t.start(func() { t.attend(c) }) {
		c.Close()
	}
}

// attend serves an accepted connection from its preface to its end; Raft's ends
// here when Raft has taken it. The place among the greetings is free once the
// preface is answered, so a connection that lives long takes none.
func (t *Transport) attend(c *conn) {
	p, err := t.welcome(c)
	<-t.greetings
	switch {
	case err != nil:
		c.Close()
	case p.stream == streamRaft:
		t.handOver(c)
	default:
		t.serve(c, p)
	}
}
