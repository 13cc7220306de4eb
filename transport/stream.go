package transport

import (
	"bufio"
	"net"
	"runtime"
	"time"
)

// Sizes of the buffers of a connection for requests: a few hundred small frames
// for one system call. Larger bodies bypass them.
const (
	readBufferBytes  = 64 << 10
	writeBufferBytes = 64 << 10
)

// pingsPerSilence is how often the dialling side sends a ping within the time
// that a connection may be silent: some may come late before a living peer is
// taken for dead.
const pingsPerSilence = 4

// stream carries frames over one connection: its owner reads, one goroutine
// writes, and everybody may put frames into the outbox.
type stream struct {
	conn *conn

	// reader is used by the owner alone.
	reader *bufio.Reader

	// out is what the writer sends.
	out *outbox

	// silence is how long a read or write may wait for the peer.
	silence time.Duration

	// maxBody is the largest body of a frame that this end reads, in bytes. It
	// has room for a failure even where Config.MaxBodyBytes has not.
	maxBody int

	// pings tells that this end sends pings, as the dialling one does.
	pings bool

	// taken is called by the writer with every frame just before it is written;
	// nil on the dialling end.
	taken func(frame)

	// writeError has one slot, for the reason for which the writer stopped
	// before the reader did.
	writeError chan error
}

// newStream returns the stream of a connection whose handshake is done;
// requests is how many may be under way on it.
func newStream(c *conn, requests int, cfg Config) *stream {
	return &stream{
		conn:       c,
		reader:     bufio.NewReaderSize(patient{c, cfg.SilenceTimeout}, readBufferBytes),
		out:        newOutbox(requests),
		silence:    cfg.SilenceTimeout,
		maxBody:    max(cfg.MaxBodyBytes, maxFailureBytes),
		writeError: make(chan error, 1),
	}
}

// read returns the next frame. When the writer failed first, its reason is the
// error.
func (s *stream) read() (frame, error) {
	f, err := readFrame(s.reader, s.maxBody)
	if err == nil {
		return f, nil
	}
	select {
	case err = <-s.writeError:
	default:
	}
	return frame{}, err
}

// write sends what is put into the outbox until that is closed or the
// connection fails, and then closes the connection, which ends the reader as
// well.
func (s *stream) write() {
	defer s.conn.Close()
	ticks, stop := s.pingTicks()
	defer stop()
	w := bufio.NewWriterSize(patient{s.conn, s.silence}, writeBufferBytes)
	var batch []frame
	for open := true; open; {
		select {
		case <-s.out.wake:
		case <-ticks:
			s.out.put(frame{typ: framePing})
		}
		var err error
		if batch, open, err = s.drain(w, batch); err != nil {
			s.writeError <- err
			return
		}
	}
}

// drain writes until the outbox is empty, and only then flushes: everything
// that is put while a batch is being written goes into the same system call.
// Before the flush it lets other goroutines run once: those that an answer has
// just woken put their next request, which measured three times the calls at 64
// callers and a few percent less at one.
func (s *stream) drain(w *bufio.Writer, batch []frame) (former []frame, open bool, err error) {
	for yielded := false; ; {
		batch, open = s.out.take(batch)
		switch {
		case !open:
			return batch, false, nil
		case len(batch) > 0:
			yielded = false
			if err := s.writeBatch(w, batch); err != nil {
				return batch, true, err
			}
		case yielded || w.Buffered() == 0:
			return batch, true, w.Flush()
		default:
			yielded = true
			runtime.Gosched()
		}
	}
}

func (s *stream) writeBatch(w *bufio.Writer, batch []frame) error {
	for _, f := range batch {
		if s.taken != nil {
			s.taken(f)
		}
		if err := writeFrame(w, f); err != nil {
			return err
		}
	}
	return nil
}

// pingTicks returns when pings are due: never, on the end that sends none.
func (s *stream) pingTicks() (ticks <-chan time.Time, stop func()) {
	if !s.pings {
		return nil, func() {}
	}
	ticker := time.NewTicker(s.silence / pingsPerSilence)
	return ticker.C, ticker.Stop
}

// patient gives every read and write on a connection the same time to make
// progress: a peer that stops in the middle of a frame, or does not read, is
// dropped.
type patient struct {
	net.Conn
	limit time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	p.SetReadDeadline(time.Now().Add(p.limit))
	return p.Conn.Read(b)
}

func (p patient) Write(b []byte) (int, error) {
	p.SetWriteDeadline(time.Now().Add(p.limit))
	return p.Conn.Write(b)
}
