package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// place is an item in a line that this process has inserted and keeps alive.
// Its term is that of cluster/recipe, whose line this is too.
//
// One goroutine inside refreshes it, which ends with the lease or by release.
type place struct {
	*recipe.Term
	nodes *client
	path  tree.Path
	// token is the revision that created the item.
	token uint64
	ttl   time.Duration
	// kept is closed when nobody refreshes the lease any more.
	kept chan struct{}

	mu struct {
		sync.Mutex
		// failed is why the last refresh failed, nil if it did not.
		failed error
		// ahead is the one that stands before, nil for none.
		ahead *ahead
	}
}

// ahead is the item right before a place, and what to do when a refresh finds
// out that it is gone by a revision. The one who waits watches it too, but at a
// node that may be cut off from the others without knowing it.
type ahead struct {
	path tree.Path
	gone func(revision uint64)
}

// newPlace returns the place of an item whose insertion was sent at that time,
// and begins to refresh it. The caller ends it with release.
func newPlace(nodes *client, path tree.Path, token uint64, ttl time.Duration, sent time.Time) *place {
	p := &place{nodes: nodes, path: path, token: token, ttl: ttl, kept: make(chan struct{})}
	p.Term = recipe.NewTerm(context.Background(), ttl, sent, p.late)
	go p.refreshes(sent)
	return p
}

// standBehind says who is right before.
func (p *place) standBehind(a *ahead) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.ahead = a
}

func (p *place) behind() *ahead {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.ahead
}

// late is why a lease has ended that was not refreshed in time.
func (p *place) late() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("its lease was not refreshed within %v", recipe.Reliable(p.ttl))
	if p.mu.failed != nil {
		return fmt.Errorf("%s: %w", text, p.mu.failed)
	}
	return errors.New(text)
}

// lost returns why the lease has ended, and nil while it has not.
func (p *place) lost() error {
	p.Check()
	return context.Cause(p.Context())
}

// refreshes refreshes the lease until it ends, first some time after sent.
func (p *place) refreshes(sent time.Time) {
	defer close(p.kept)
	next := func() time.Duration { return p.ttl/recipe.RefreshesPerTTL - time.Since(sent) }
	for wait := next(); pause(p.Context(), wait) == nil; {
		sent = time.Now()
		err := p.extend(sent)
		switch {
		case err == nil:
			wait = next()
		case isGone(err):
			p.End(errPlaceGone)
		case isSettled(err):
			p.End(err)
		default:
			p.remember(err)
			wait = p.ttl / recipe.RetriesPerTTL // the deadline ends the attempts
		}
	}
}

// remember keeps why the last refresh failed, nil if it did not, for the error of
// a lease that ends.
func (p *place) remember(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.failed = err
}

// extend refreshes the lease once, at that time. Who stands behind another
// demands that this one is there, and learns from the refusal that it is not.
func (p *place) extend(sent time.Time) error {
	before := p.behind()
	_, err := p.refresh(before)
	if before != nil && isMissing(err, before.path) {
		var revision uint64
		if revision, err = p.refresh(nil); err == nil {
			before.gone(revision)
		}
	}
	if err == nil {
		p.Renew(sent)
		p.remember(nil)
	}
	return err
}

// refresh makes the write of extend, and returns its revision. It may be sent
// to several nodes: made twice, it does the same.
func (p *place) refresh(before *ahead) (uint64, error) {
	var conditions []map[string]any
	if before != nil {
		conditions = append(conditions, map[string]any{"exists": before.path})
	}
	r, err := p.transaction(map[string]any{"expire": p.path, "ttl": p.ttl.String()}, conditions...)
	if err != nil {
		return 0, err
	}
	body, err := p.nodes.within(min(p.Left(), p.nodes.timeout)).call(p.Context(), r)
	if err != nil {
		return 0, err
	}
	answer, err := parseAnswer(body)
	return answer.Revision, err
}

// transaction is the call of an operation under the conditions that the item is
// the one with the token, and under these.
func (p *place) transaction(operation map[string]any, conditions ...map[string]any) (request, error) {
	held := map[string]any{"held": p.path, "token": p.token}
	body, err := json.Marshal(map[string]any{
		"if":   append([]map[string]any{held}, conditions...),
		"then": []map[string]any{operation},
	})
	return request{method: http.MethodPost, path: "/v1/transaction", body: body}, err
}

// isMissing says that a condition refused the call since nothing stands there.
func isMissing(err error, path tree.Path) bool {
	refusal, ok := errors.AsType[*problem](err)
	return ok && refusal.Code == "not_found" && refusal.Path == path.String()
}

// release ends the lease here, and then removes the item, or returns
// errPlaceGone when that was gone before. It tries for as long as a call may
// take, but not after the lease would have ended anyway.
func (p *place) release() error {
	p.End(nil)
	<-p.kept
	remove, err := p.transaction(map[string]any{"remove": p.path})
	if err != nil {
		return err
	}
	deadline := time.Now().Add(min(p.nodes.timeout, p.Left()+p.ttl-recipe.Reliable(p.ttl)))
	// At first to one node alone: only then a refusal says that the item was
	// gone before, and not that another node has just removed it.
	once := remove
	once.write = true
	patience := min(readPatience, p.nodes.timeout, max(time.Until(deadline), streamPause))
	_, err = p.nodes.within(patience).call(context.Background(), once)
	if isGone(err) {
		return errPlaceGone
	}
	for err != nil && !isSettled(err) && time.Until(deadline) > 0 {
		_ = pause(context.Background(), streamPause)
		_, err = p.nodes.within(time.Until(deadline)).call(context.Background(), remove)
	}
	if isGone(err) {
		return nil // removed by an attempt whose answer was lost
	}
	return err
}

// isGone says that the condition on the item refused the call.
func isGone(err error) bool { return isRefusal(err, "not_found") || isRefusal(err, "conflict") }
