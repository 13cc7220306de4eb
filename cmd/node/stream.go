package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// silenceLimit is three of a node's keep-alive comments, which come every 15 s:
// a stream that is silent for longer has lost its node without being told, and
// another one is tried.
const silenceLimit = 45 * time.Second

// streamPause is the time between two streams: short enough for a person who
// watches.
const streamPause = 200 * time.Millisecond

// errSilent is the cause of a stream that was given up because nothing came,
// neither a result nor a comment.
var errSilent = errors.New("the stream has been silent for too long")

// watch yields the present result of what query asks for, and then each new
// one. When a stream breaks, it goes on with the next address from where it was,
// and yields nothing older than before and nothing twice. It waits until ctx ends, and
// ends with one error: the context's, the refusal of a node, or that of the
// addresses when a whole round of them brought nothing.
func (c *client) watch(ctx context.Context, query url.Values) iter.Seq2[answer, error] {
	return func(yield func(answer, error) bool) {
		at := &position{every: query.Get("every") == "true"}
		failed := &unreachableError{}
		for n := 0; len(failed.attempts) < len(c.bases); n++ {
			brought, err := c.follow(ctx, c.bases[n%len(c.bases)], query, at, yield)
			switch {
			case err == nil:
				return
			case ctx.Err() != nil || isDecision(err):
				yield(answer{}, cmp.Or(context.Cause(ctx), err))
				return
			case brought:
				failed.attempts = nil
			default:
				failed.attempts = append(failed.attempts, err)
			}
			// A stream that breaks soon after it has begun would otherwise be
			// opened again and again at full speed.
			_ = pause(ctx, streamPause)
		}
		yield(answer{}, failed.orOnly())
	}
}

// follow yields what is new on one stream, and moves the position on. It says
// whether the stream brought any event, and why it broke; that is nil when
// yield wants no more.
func (c *client) follow(
	ctx context.Context, base string, query url.Values, at *position, yield func(answer, error) bool,
) (brought bool, err error) {
	for event, err := range c.stream(ctx, base, query, at.since) {
		if err != nil {
			return brought, err
		}
		brought = true
		if at.moves(event) && !yield(event, nil) {
			break
		}
	}
	return brought, nil
}

// stream yields the events of one node until the stream breaks, which is the
// error it ends with: from the beginning, or what has come after the revision
// since, whose result is known. The node has the client's timeout to begin it, and
// says itself when it cannot, as when it has not reached since.
func (c *client) stream(ctx context.Context, base string, query url.Values, since *uint64) iter.Seq2[answer, error] {
	return func(yield func(answer, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		alarm := time.AfterFunc(c.timeout+answerGrace, func() { cancel(errSilent) })
		defer alarm.Stop()
		body, err := c.open(ctx, base, query, since)
		if err != nil {
			yield(answer{}, err)
			return
		}
		defer body.Close()
		c.streams(&base)
		defer c.streams(nil)
		for event, err := range readEvents(&watchedReader{reader: body, alarm: alarm}) {
			if err != nil {
				err = &lostError{base: base, err: cmp.Or(context.Cause(ctx), err)}
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

// open begins a stream at one node, once the node has reached the revision
// since, if any. The caller closes the body.
func (c *client) open(ctx context.Context, base string, query url.Values, since *uint64) (io.ReadCloser, error) {
	r := request{method: http.MethodGet, path: "/v1/watch", query: withTimeout(query, c.timeout)}
	if since != nil {
		r.header = http.Header{"Last-Event-Id": {strconv.FormatUint(*since, 10)}}
	}
	response, err := c.send(ctx, base, r)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxInputBytes))
	if err != nil {
		return nil, &lostError{base: base, err: err}
	}
	return nil, readProblem(base, r, response, body)
}

// streams notes the node whose stream is open, nil for none.
func (c *client) streams(base *string) {
	if c.streaming != nil {
		c.streaming.Store(base)
	}
}

// streamsFrom returns the node whose stream is open, empty for none. The client
// must have streaming.
func (c *client) streamsFrom() string {
	if base := c.streaming.Load(); base != nil {
		return *base
	}
	return ""
}

// watchedReader puts an alarm off by silenceLimit with every read that brings
// something.
type watchedReader struct {
	reader io.Reader
	alarm  *time.Timer
}

// Read implements io.Reader.
func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.reader.Read(p)
	if n > 0 {
		w.alarm.Reset(silenceLimit)
	}
	return n, err
}
