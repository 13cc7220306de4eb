package memnet

import (
	"bytes"
	"time"
)

// BufferBytes is how much one direction of a connection holds between its
// writer and its reader. A write beyond it waits, as with the buffers of a
// socket, whose usual size this is.
const BufferBytes = 256 << 10

// flow is one direction of a connection. Its fields are guarded by Network.mu.
//
// Invariants: held = len(inbox) + the data in sent; held <= BufferBytes;
// nothing follows an end in sent.
type flow struct {
	net      *Network
	route    route
	from, to *conn

	// sent is on its way, in order; its first segment arrives when its time has
	// come and the route is open.
	sent []segment

	// inbox has arrived and was not read yet.
	inbox bytes.Buffer

	// end is what the reader gets after the inbox; nil while more may arrive.
	end error

	// held is how many bytes are in the flow.
	held int

	// waiting tells that a timer runs for the arrival of the first segment.
	waiting bool
}

// segment is what one write, or the end of the writer, puts on its way.
type segment struct {
	data []byte
	end  error
	due  time.Time
}

// send puts data, or the end, on its way. The latency is the one at this
// moment: a later Delay does not move what is on its way already.
func (f *flow) send(s segment) {
	if d := f.net.delay(f.route, len(s.data)); d > 0 {
		s.due = time.Now().Add(d)
	}
	f.held += len(s.data)
	f.sent = append(f.sent, s)
	f.deliver()
}

// deliver lets everything arrive whose time has come, and comes back for the
// rest by itself.
func (f *flow) deliver() {
	if f.net.blocked(f.route) {
		return
	}
	for len(f.sent) > 0 {
		first := f.sent[0]
		if wait := f.wait(first); wait > 0 {
			f.comeBack(wait)
			return
		}
		f.sent = f.sent[1:]
		f.arrive(first)
	}
}

// wait returns how long it is until a segment may arrive. A segment that was
// sent without delay knows no time.
func (f *flow) wait(s segment) time.Duration {
	if s.due.IsZero() {
		return 0
	}
	return time.Until(s.due)
}

// comeBack delivers again after a time. One timer is enough: the first segment
// is always the next to arrive.
func (f *flow) comeBack(wait time.Duration) {
	if f.waiting {
		return
	}
	f.waiting = true
	time.AfterFunc(wait, func() {
		f.net.mu.Lock()
		defer f.net.mu.Unlock()
		f.waiting = false
		f.deliver()
	})
}

// arrive gives a segment to the reader. What comes to a closed end is dropped.
func (f *flow) arrive(s segment) {
	if f.to.closed {
		f.held -= len(s.data)
	} else {
		f.inbox.Write(s.data)
	}
	if s.end != nil {
		f.end = s.end
	}
	f.to.wake.Broadcast()
	f.from.wake.Broadcast()
}

// read moves what has arrived to p and lets a waiting writer go on.
func (f *flow) read(p []byte) int {
	n, _ := f.inbox.Read(p)
	f.held -= n
	f.from.wake.Broadcast()
	return n
}

// lose drops what is on its way, an end included; what has arrived stays
// readable.
func (f *flow) lose() {
	for _, s := range f.sent {
		f.held -= len(s.data)
	}
	f.sent = nil
}
