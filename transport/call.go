package transport

import (
	"context"
)

// Call sends a request to the node with the id to and returns the response of
// its handler for this kind, which may be empty. It dials the node if there is
// no connection, and waits for the dial, for its place among the requests under
// way, and for the answer; when ctx ends it returns at once, a late answer is
// dropped, and the context of the handler ends. A call to this node's own id
// runs the handler without a connection; all else is the same. Call takes
// possession of body and the caller of the response. Every error is a
// *CallError.
func (t *Transport) Call(ctx context.Context, to string, kind Kind, body []byte) ([]byte, error) {
	result := t.call(ctx, to, kind, body)
	if result.err != nil {
		return nil, &CallError{To: to, Kind: kind, Sent: result.sent, Err: result.err}
	}
	return result.response, nil
}

// call is Call before its result becomes a CallError. A context that has ended
// already is looked at first, because otherwise a request could still go out
// when there is nothing to wait for.
func (t *Transport) call(ctx context.Context, to string, kind Kind, body []byte) outcome {
	if err := ctx.Err(); err != nil {
		return outcome{err: err}
	}
	if to == t.cfg.ID {
		return t.callSelf(ctx, kind, body)
	}
	l, err := t.connect(ctx, to)
	if err != nil {
		return outcome{err: err}
	}
	return l.call(ctx, kind, body)
}

// callSelf runs a handler of this node under the limits and the contexts of a
// remote call: nobody should find out that a handler waits too long, or takes
// too much, only when the cluster has more than one node.
func (t *Transport) callSelf(ctx context.Context, kind Kind, body []byte) outcome {
	size := len(body)
	if size > t.cfg.MaxBodyBytes {
		return outcome{err: tooLarge("request", size, t.cfg.MaxBodyBytes)}
	}
	if err := t.own.acquire(ctx, size); err != nil {
		return outcome{err: causeOr(t.ctx, err)}
	}
	handling, cancel := context.WithCancel(t.ctx)
	done := make(chan outcome, 1)
	started := t.start(func() {
		defer cancel()
		defer t.own.release(size)
		done <- t.handleSelf(handling, kind, body)
	})
	if !started {
		cancel()
		return outcome{err: ErrClosed}
	}
	select {
	case result := <-done:
		return result
	case <-ctx.Done():
		cancel()
		return outcome{sent: true, err: ctx.Err()}
	case <-t.ctx.Done():
		return outcome{sent: true, err: ErrClosed}
	}
}

// handleSelf runs a handler for this node and returns what a remote caller
// would get.
func (t *Transport) handleSelf(ctx context.Context, kind Kind, body []byte) outcome {
	response, failed := t.handle(ctx, t.cfg.ID, kind, body, t.cfg.MaxBodyBytes)
	if failed != nil {
		return outcome{sent: true, err: failed.err()}
	}
	return outcome{response: response}
}

// handle runs the handler of a kind and returns its response, of at most limit
// bytes, or why there is none.
func (t *Transport) handle(ctx context.Context, from string, kind Kind, body []byte, limit int) ([]byte, *failure) {
	h := t.handlers[kind].Load()
	if h == nil {
		return nil, &failure{code: failedKind}
	}
	response, err := (*h)(ctx, from, body)
	switch {
	case err != nil:
		return nil, &failure{code: failedHandler, text: err.Error()}
	case len(response) > limit:
		return nil, &failure{code: failedTooLarge, text: overLimit(len(response), limit)}
	}
	return response, nil
}
