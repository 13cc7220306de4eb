package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.com/gstate/tree"
)

// withdrawTime bounds the attempt to remove an item that may have come to be: a
// node that is there answers sooner, and else the lease ends it.
const withdrawTime = 2 * time.Second

var (
	// errWaited is the cause of a waiting that has taken as long as it may.
	errWaited = errors.New("not got in the time of --wait")
	// errPlaceGone: the cluster does not have the item any more.
	errPlaceGone = errors.New("its item is gone: the lease has ended, or somebody has removed it")
)

// lockLine is the line at the path of a lock, in the form of cluster/recipe:
// each who has the lock or waits for it has an item beneath, under a lease, and
// the one that was created first has it. The key of an item is unique, so that
// a write of it may be sent again, and to other nodes, without a second one
// coming to be.
type lockLine struct {
	nodes *client
	path  tree.Path
	ttl   time.Duration
	// who is the value of an item, for people.
	who string
	// note tells the user something, on one line.
	note func(format string, args ...any)
}

// enter stands in line until nobody is before, ctx ends, or others are still
// before at the deadline, if there is one. A place that is lost meanwhile is
// taken anew, at the end.
func (l *lockLine) enter(ctx context.Context, deadline time.Time) (*place, error) {
	for {
		p, lost, err := l.stand(ctx, deadline)
		switch {
		case err == nil:
			return p, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("lock %s: interrupted while waiting: %w", l.path, context.Cause(ctx))
		case lost == nil || errors.Is(err, errWaited):
			return nil, fmt.Errorf("lock %s: %w", l.path, err)
		}
		l.note("lock %s: the place in line was lost, and is taken anew at its end: %w", l.path, lost)
	}
}

// stand stands in line once. When it fails since the place was lost, lost says
// why.
func (l *lockLine) stand(ctx context.Context, deadline time.Time) (p *place, lost, err error) {
	if p, err = l.join(ctx); errors.Is(err, errPlaceGone) {
		return nil, err, err
	}
	if err != nil {
		return nil, nil, err
	}
	if err = l.await(ctx, p, deadline); err != nil {
		lost = p.lost()
		l.giveUp(p)
	}
	return p, lost, err
}

// giveUp leaves the line.
func (l *lockLine) giveUp(p *place) {
	if err := p.release(); err != nil && !errors.Is(err, errPlaceGone) {
		l.note("lock %s: the place in line could not be given up, and ends within %v: %w", l.path, l.ttl, err)
	}
}

// join inserts an item at the end of the line, and keeps it alive. When it
// fails, no item stays for longer than a lease.
func (l *lockLine) join(ctx context.Context) (*place, error) {
	path := l.path.Child(rand.Text())
	sent := time.Now()
	token, err := l.insert(ctx, path)
	if err != nil {
		if !isSettled(err) {
			l.withdraw(path)
		}
		return nil, err
	}
	return newPlace(l.nodes, path, token, l.ttl, sent), nil
}

// insert makes the item and returns its token. A write of unknown outcome is
// made again, which shows what has become of it: the key is this call's own, so
// that what stands there can only be from an earlier attempt.
func (l *lockLine) insert(ctx context.Context, path tree.Path) (token uint64, err error) {
	deadline := time.Now().Add(l.nodes.timeout)
	for {
		token, err = l.insertOnce(ctx, path, time.Until(deadline))
		if !isInDoubt(err) || time.Until(deadline) < streamPause || pause(ctx, streamPause) != nil {
			return token, err
		}
	}
}

func (l *lockLine) insertOnce(ctx context.Context, path tree.Path, budget time.Duration) (token uint64, err error) {
	target, err := statePath(path)
	if err != nil {
		return 0, err
	}
	value, err := json.Marshal(l.who)
	if err != nil {
		return 0, err
	}
	// No write, in that it may be sent to several nodes.
	insert := request{method: http.MethodPost, path: target, query: withParameter(nil, "ttl", l.ttl.String()), body: value}
	body, err := l.nodes.within(budget).call(ctx, insert)
	if isRefusal(err, "exists") {
		return l.tokenOf(ctx, path)
	}
	if err != nil {
		return 0, err
	}
	answer, err := parseAnswer(body)
	return answer.Revision, err
}

// tokenOf returns the token of an item that was there a moment ago.
func (l *lockLine) tokenOf(ctx context.Context, path tree.Path) (uint64, error) {
	places, err := l.list(ctx, url.Values{"read": {readLinearizable}})
	if err != nil {
		return 0, err
	}
	if n := indexOf(places, path); n >= 0 {
		return places[n].Created, nil
	}
	return 0, errPlaceGone
}

// withdraw removes an item that may have come to be, as well as it can.
func (l *lockLine) withdraw(path tree.Path) {
	target, err := statePath(path)
	if err != nil {
		return
	}
	_, _ = l.nodes.within(min(withdrawTime, l.nodes.timeout)).
		call(context.Background(), request{method: http.MethodDelete, path: target})
}

// standing is one item of a line, as the contract lists children.
type standing struct {
	Key     string `json:"key"`
	Created uint64 `json:"created"`
	// who is for people: the text at the item, or its key.
	who string
}

// list returns who stands in line, in order. parameters say how new the tree
// must be that is read.
func (l *lockLine) list(ctx context.Context, parameters url.Values) ([]standing, error) {
	target, err := statePath(l.path)
	if err != nil {
		return nil, err
	}
	get := request{method: http.MethodGet, path: target, query: withParameter(parameters, "children", "true")}
	body, err := l.nodes.within(l.nodes.timeout).call(ctx, get)
	if err != nil {
		return nil, err
	}
	var listed struct {
		Value    json.RawMessage `json:"value"`
		Children []standing      `json:"children"`
	}
	if err := json.Unmarshal(body, &listed); err != nil {
		return nil, fmt.Errorf("answer is not understood: %w", err)
	}
	var values map[string]json.RawMessage
	_ = json.Unmarshal(listed.Value, &values) // they are for people only
	for n, s := range listed.Children {
		if json.Unmarshal(values[s.Key], &listed.Children[n].who) != nil {
			listed.Children[n].who = s.Key
		}
	}
	slices.SortFunc(listed.Children, func(a, b standing) int { return cmp.Compare(a.Created, b.Created) })
	return listed.Children, nil
}

// indexOf returns where the item at the path stands, -1 for nowhere.
func indexOf(places []standing, path tree.Path) int {
	return slices.IndexFunc(places, func(s standing) bool { return s.Key == path[len(path)-1] })
}

// await waits until nobody stands before the place. It watches only the one
// right before: nobody else wakes up when that one goes.
func (l *lockLine) await(ctx context.Context, p *place, deadline time.Time) error {
	ctx, stop := merge(ctx, p.Context())
	defer stop()
	waiting := ctx
	if !deadline.IsZero() {
		var cancel context.CancelFunc
		waiting, cancel = context.WithDeadlineCause(ctx, deadline, errWaited)
		defer cancel()
	}
	for revision := p.token; ; {
		before, err := l.before(ctx, waiting, p, revision)
		if err != nil {
			return err
		}
		if len(before) == 0 {
			return p.lost()
		}
		revision, err = l.awaitEnd(waiting, p, l.path.Child(before[len(before)-1].Key), revision)
		if errors.Is(err, errWaited) {
			return notGot(before)
		}
		if err != nil {
			return err
		}
	}
}

// notGot is the error of a waiting that took too long behind these.
func notGot(before []standing) error {
	more := ""
	if others := len(before) - 1; others > 0 {
		more = fmt.Sprintf(", and %d more stand in line before", others)
	}
	return &lockError{exitNotGot, fmt.Errorf("%w: %s has it%s", errWaited, before[0].who, more), "try again, or allow more with --wait"}
}

// before returns who stands before the place in a tree that has the revision,
// or a newer one. It tries until the waiting ends, but at least once.
func (l *lockLine) before(ctx, waiting context.Context, p *place, revision uint64) ([]standing, error) {
	since := url.Values{"revision": {strconv.FormatUint(revision, 10)}}
	for {
		places, err := l.list(ctx, since)
		if isRefusal(err, "not_found") {
			p.End(errPlaceGone)
		}
		if err == nil {
			n := indexOf(places, p.path)
			if n >= 0 && places[n].Created == p.token {
				return places[:n], nil
			}
			p.End(errPlaceGone)
		}
		if isDecision(err) || pause(waiting, streamPause) != nil {
			return nil, cmp.Or(context.Cause(ctx), err)
		}
	}
}

// awaitEnd waits until the item at the path, which stood there at the revision,
// is gone, and returns the revision of a tree without it.
func (l *lockLine) awaitEnd(ctx context.Context, p *place, path tree.Path, revision uint64) (uint64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.standBehind(&ahead{path: path, gone: func(revision uint64) { cancel(&goneBy{revision}) }})
	defer p.standBehind(nil)
	query := url.Values{"path": {path.String()}}
	bases := l.nodes.order()
	for n := 0; ctx.Err() == nil; n++ {
		for event, err := range l.nodes.stream(ctx, bases[n%len(bases)], query, &revision) {
			if err == nil && !event.found() {
				return event.Revision, nil
			}
			if isDecision(err) {
				return 0, err
			}
		}
		_ = pause(ctx, streamPause)
	}
	if seen, ok := errors.AsType[*goneBy](context.Cause(ctx)); ok {
		return seen.revision, nil
	}
	return 0, context.Cause(ctx)
}

// goneBy is the cause that ends a watch when its end was seen otherwise.
type goneBy struct{ revision uint64 }

func (g *goneBy) Error() string { return fmt.Sprintf("gone by revision %d", g.revision) }

// isRefusal says that a node has refused the call with this code.
func isRefusal(err error, code string) bool {
	refusal, ok := errors.AsType[*problem](err)
	return ok && refusal.Code == code
}

// isInDoubt says that a call may have done what it was to do: a node does not
// know the outcome, or its answer was lost.
func isInDoubt(err error) bool {
	_, lost := errors.AsType[*lostError](err)
	return lost || isRefusal(err, "outcome_unknown")
}

// isSettled says that the call was certainly not made, and will not be.
func isSettled(err error) bool { return isDecision(err) && !isRefusal(err, "outcome_unknown") }

// merge returns a context that ends with either, with the cause of the one that
// ended first.
func merge(ctx, other context.Context) (context.Context, context.CancelFunc) {
	merged, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(context.Cause(other)) })
	return merged, func() {
		stop()
		cancel(nil)
	}
}
