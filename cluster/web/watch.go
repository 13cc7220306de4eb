package web

import (
	"context"
	"errors"
	"net/http"

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
	if err := h.resume(ctx, c.r.Header); err != nil {
		return err
	}
	if err := h.bound(ctx, query); err != nil {
		return err
	}
	return h.follow(c, query)
}

// resume waits until the node is where the client's last stream has ended, be
// it on this node or on another: what a client sees never goes back.
func (h *handler) resume(ctx context.Context, header http.Header) error {
	text, given, err := single(header, "Last-Event-ID")
	if err != nil || !given {
		return err
	}
	revision, err := parseRevision("Last-Event-ID", text)
	if err != nil {
		return err
	}
	_, err = h.node.ReadAt(ctx, revision)
	return err
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
// queues nothing for it.
func (h *handler) follow(c *call, query tree.Query) error {
	ctx, cancel := context.WithCancel(c.r.Context())
	out := newStream(c.w, h.cfg)
	defer out.wait()
	defer cancel()
	data := dataOf(c.options.delta)
	for event, err := range h.node.Watch(ctx, query) {
		if err == nil {
			err = out.open(ctx, cancel)
		}
		if err == nil {
			err = out.event(event.Revision, data(resultOf(event)))
		}
		if err != nil {
			return out.unopened(err)
		}
	}
	return nil
}

// resultOf returns what an event says to the client.
func resultOf(event cluster.Event) result {
	told := result{Revision: event.Revision, Result: event.Value, Exists: event.Exists}
	for _, gone := range event.Expelled {
		told.Expelled = append(told.Expelled, expelled{gone.Path.String(), gone.Revision, gone.Reason.String()})
	}
	return told
}
