package network

import (
	"context"
	"net"
	"time"
)

const (
	// chunkBytes is how much is read at once, and chunksUnderWay how many such
	// pieces a direction holds before the sender has to wait.
	chunkBytes     = 16 << 10
	chunksUnderWay = 64
)

// chunk is a piece of a stream and when it arrives.
type chunk struct {
	bytes []byte
	at    time.Time
	// reset ends the connection in place of the bytes.
	reset bool
	// changed is closed when a line is given another behaviour: what is under
	// way arrives at once then.
	changed <-chan struct{}
}

// stream is one direction of a connection.
type stream struct {
	*proxies
	route    route
	from, to net.Conn
	// underWay has what is read and not yet written. It is closed at the end of
	// the stream.
	underWay chan chunk
	// ctx is that of the connection. Whoever cannot go on ends it.
	ctx context.Context
	end context.CancelFunc
}

// read takes in what is sent, until the connection ends.
func (s stream) read() {
	defer close(s.underWay)
	for {
		buffer := make([]byte, chunkBytes)
		n, err := s.from.Read(buffer)
		if n > 0 {
			select {
			case s.underWay <- s.send(s.route, buffer[:n]):
			case <-s.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// write delivers each chunk when it is due. The end of the stream, too, arrives
// only when the line is not cut.
func (s stream) write() {
	defer s.end()
	for c := range s.underWay {
		if !s.hold(c) || !s.pass(s.ctx, s.route) {
			return
		}
		if c.reset {
			abort(s.from)
			abort(s.to)
			return
		}
		if _, err := s.to.Write(c.bytes); err != nil {
			return
		}
	}
	s.pass(s.ctx, s.route)
}

// hold waits until the chunk is due. It reports whether the connection goes on.
func (s stream) hold(c chunk) bool {
	due := time.NewTimer(time.Until(c.at))
	defer due.Stop()
	select {
	case <-due.C:
	case <-c.changed:
	case <-s.ctx.Done():
	}
	return s.ctx.Err() == nil
}

// abort lets the end of a connection be a reset: nothing is waited for. An
// error means that it has ended already.
func abort(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
