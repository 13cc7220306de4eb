package web

import (
	"context"
	"errors"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// errWatches is the refusal of a watch above Config.MaxWatches.
var errWatches = errors.New("busy: too many watches are open")

// watch streams the results of the query in the URL.
func (h *handler) watch(ctx context.Context, c *call) error {
	query, err := newQuery(c.options.query, c.options.path)
	if err != nil {
		return err
	}
	if err := h.ended(); err != nil {
		return err
	}
	select {
	case h.watches <- struct{}{}:
		defer func() { <-h.watches }()
	default:
		return errWatches
	}
	since, err := h.resume(ctx, c)
	if err != nil {
		return err
	}
	if err := h.bound(ctx, query); err != nil {
		return err
	}
	return h.follow(c, query, since)
}

// resume returns the revision that the client has seen, be it on this node or on
// another, nil for none. It waits until the node has it: what a client sees never
// goes back, and a node that does not get there says so in time.
func (h *handler) resume(ctx context.Context, c *call) (*uint64, error) {
	since, err := c.seen()
	if err != nil || since == nil {
		return nil, err
	}
	_, err = h.node.ReadAt(ctx, *since)
	return since, err
}

// seen returns the revision of the last event that the client has. The header is
// newer than the URL, which an EventSource opens again as it was.
func (c *call) seen() (*uint64, error) {
	text, given, err := single(c.r.Header, "Last-Event-ID")
	if err != nil || !given {
		return c.options.since, err
	}
	revision, err := parseRevision("Last-Event-ID", text)
	return &revision, err
}

// bound refuses a query that looks at too many items now: each change of what it
// sees would be as much work again.
func (h *handler) bound(ctx context.Context, query tree.Query) error {
	t, err := h.read(ctx, options{})
	if err != nil {
		return err
	}
	_, _, err = query.EvalWithin(t, h.cfg.MaxQueryWork)
	return err
}

// follow streams until the client goes away or takes too long, or the node is
// closed. It returns an error only if the stream was never opened.
//
// A client that reads slowly blocks this goroutine alone, in a write: the node
// queues nothing for it, and what every=true goes back to, it remembers anyhow.
func (h *handler) follow(c *call, query tree.Query, since *uint64) error {
	ctx, cancel := context.WithCancel(c.r.Context())
	out := newStream(c.w, h.cfg)
	defer out.wait()
	defer cancel()
	told := &teller{resumed: since != nil, deltas: c.options.delta, changes: c.options.changes, onlyChanges: c.options.onlyChanges}
	for event, err := range h.node.Watch(ctx, query, c.options.delivery(since)...) {
		if err == nil {
			err = out.open(ctx, cancel)
		}
		var frame []byte
		if err == nil {
			frame, err = h.frame(ctx, told, event)
		}
		if err == nil {
			err = out.send(frame)
		}
		if err != nil {
			return out.end(err)
		}
	}
	return nil
}

// smallResult is the length, as JSON, up to which the frame of a result is made at
// once.
const smallResult = 16 << 10

// frame returns the frame of an event; that of a large result once few enough
// others are being made, or an error when ctx ends before. A thousand watches of
// one large result must not keep the node's own goroutines, and with them the
// cluster, from the processors.
func (h *handler) frame(ctx context.Context, told *teller, event cluster.Event) ([]byte, error) {
	if told.tellsResult(event) && left(smallResult, event.Value) < 0 {
		select {
		case h.framing <- struct{}{}:
			defer func() { <-h.framing }()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return told.frame(event)
}
