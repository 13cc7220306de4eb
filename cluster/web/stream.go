package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"example.com/gstate/cluster"
)

// keepAliveFrame is a comment, which clients skip.
const keepAliveFrame = ": keep-alive\n\n"

// stream is an answer of server-sent events. Two goroutines write to it: that
// of the request, and one that keeps the stream alive.
type stream struct {
	w       http.ResponseWriter
	cfg     Config
	control *http.ResponseController
	// keeper is the goroutine that keeps the stream alive.
	keeper sync.WaitGroup
	// opened says that the header is sent. It belongs to the goroutine of the
	// request.
	opened bool
	// turn holds a token while a frame is written: whoever has put it there
	// may use w and control. That takes cfg.EventTimeout at most.
	turn chan struct{}
}

func newStream(w http.ResponseWriter, cfg Config) *stream {
	return &stream{w: w, cfg: cfg, control: http.NewResponseController(w), turn: make(chan struct{}, 1)}
}

// open sends the header at its first call, and starts to keep the stream alive
// until ctx ends; cancel is called when that cannot be done any more.
func (s *stream) open(ctx context.Context, cancel context.CancelFunc) error {
	if s.opened {
		return nil
	}
	s.w.Header().Set("Content-Type", "text/event-stream")
	// Proxies of the nginx kind would gather events otherwise.
	s.w.Header().Set("X-Accel-Buffering", "no")
	err := s.control.Flush()
	// A flush to a client that is gone has used up the header too.
	s.opened = !errors.Is(err, http.ErrNotSupported)
	if err != nil {
		return fmt.Errorf("opening a stream: %w", err)
	}
	s.keeper.Go(func() {
		defer cancel()
		s.keepAlive(ctx)
	})
	return nil
}

// end returns err while the client can still be told of it by an answer, else
// nil. The end of an open stream says all, but when the client must not simply
// open it again.
func (s *stream) end(err error) error {
	if !s.opened {
		return err
	}
	if errors.Is(err, cluster.ErrSlow) || errors.Is(err, cluster.ErrTooLarge) {
		if frame, err := frameOf(eventField(errorEvent), problemOf(err)); err == nil {
			_ = s.send(frame) // the last one: nobody is left to be told
		}
	}
	return nil
}

// wait returns when nothing writes to the stream any more. The context given
// to open must have ended.
func (s *stream) wait() { s.keeper.Wait() }

// keepAlive writes comments until ctx ends or the client takes none.
func (s *stream) keepAlive(ctx context.Context) {
	ticker := time.NewTicker(s.cfg.KeepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if s.comment() != nil {
				return
			}
		}
	}
}

// comment writes one comment, or nothing while an event is being written: the
// stream is not silent then.
func (s *stream) comment() error {
	select {
	case s.turn <- struct{}{}:
		defer s.endTurn()
		return s.write([]byte(keepAliveFrame))
	default:
		return nil
	}
}

// send writes a frame.
func (s *stream) send(frame []byte) error {
	s.turn <- struct{}{}
	defer s.endTurn()
	return s.write(frame)
}

func (s *stream) endTurn() { <-s.turn }

// write sends one frame in the caller's turn, and waits until it is on its way.
// After an error the stream is broken.
func (s *stream) write(frame []byte) error {
	if err := s.setDeadline(time.Now().Add(s.cfg.EventTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(frame); err != nil {
		return err
	}
	if err := s.control.Flush(); err != nil {
		return err
	}
	// Between frames there is no deadline, neither this one nor that of the
	// server: HTTP/2 would end the stream when it passes, even though nothing
	// is being written.
	return s.setDeadline(time.Time{})
}

// setDeadline bounds the writes that follow. A ResponseWriter that knows no
// deadlines leaves the bound to its server.
func (s *stream) setDeadline(at time.Time) error {
	if err := s.control.SetWriteDeadline(at); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
