package recipe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// lease is an item that this instance has inserted and keeps alive, as long as
// its term is renewed.
type lease struct {
	*Term
	node Node
	path tree.Path
	// token is the revision that created the item.
	token uint64
	// kept is closed when nobody refreshes the lease any more.
	kept chan struct{}

	mu struct {
		sync.Mutex
		// doubt is the ending whose outcome is unknown.
		doubt *doubt
	}
}

// doubt is a write that may have ended a lease, and how it would have.
type doubt struct {
	id  cluster.WriteID
	how string
}

// take makes the operations and an item under a lease as one write. Nobody
// refreshes it: see keep. When it fails no item stays for longer than a lease.
func take(
	ctx context.Context, node Node, path tree.Path, value any, ttl time.Duration, more ...cluster.Op,
) (*lease, error) {
	return takeBy(ctx, node, path, ttl, func(ctx context.Context) (cluster.Result, error) {
		return node.Apply(ctx, append(leased(path, value, ttl), more...)...)
	})
}

// leased returns the operations that insert an item under a lease.
func leased(path tree.Path, value any, ttl time.Duration) []cluster.Op {
	return []cluster.Op{cluster.Insert(path, value), cluster.Expire(path, ttl)}
}

// write is a way to make operations.
type write func(ctx context.Context) (cluster.Result, error)

// transact returns the write of a transaction.
func transact(node Node, run func(tx *cluster.Tx) error) write {
	return func(ctx context.Context) (cluster.Result, error) { return node.Transact(ctx, run) }
}

// takeBy is take by a write that does what leased says.
func takeBy(
	ctx context.Context, node Node, path tree.Path, ttl time.Duration, write write,
) (*lease, error) {
	sent := time.Now()
	result, err := write(ctx)
	if unknown, ok := errors.AsType[*cluster.UnknownOutcome](err); ok {
		go withdrawUnknown(node, path, ttl, unknown.ID)
	}
	if err != nil {
		return nil, err
	}
	// The lease outlives the call that has taken it, and its deadline.
	term := NewTerm(context.WithoutCancel(ctx), ttl, sent, func() error {
		return fmt.Errorf("%w: it was not refreshed in time", ErrLost)
	})
	l := &lease{Term: term, node: node, path: path, token: result.Revision, kept: make(chan struct{})}
	return l, nil
}

// keep refreshes the lease until it is released or lost.
func (l *lease) keep() { go l.refreshes() }

// unkept says that nobody refreshes the lease.
func (l *lease) unkept() { close(l.kept) }

func (l *lease) refreshes() {
	defer close(l.kept)
	for pause := l.ttl / RefreshesPerTTL; l.pause(pause); {
		err := l.extend(l.ctx)
		switch {
		case err == nil:
			pause = l.ttl / RefreshesPerTTL
		case refused(err), errors.Is(err, cluster.ErrClosed):
			l.lose(err)
		default:
			pause = l.ttl / RetriesPerTTL // the deadline ends the attempts
		}
	}
}

// pause waits; it is false when the lease has ended meanwhile.
func (l *lease) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ctx.Done():
	case <-l.node.Done():
		l.lose(cluster.ErrClosed)
	}
	return l.ctx.Err() == nil
}

// extend refreshes the lease once.
func (l *lease) extend(ctx context.Context) error {
	sent := time.Now()
	_, err := l.node.Apply(ctx, cluster.Expire(l.path, l.ttl).If(l.held()))
	if err == nil {
		l.Renew(sent)
	}
	return err
}

// held is the condition that the item is there, and is this one.
func (l *lease) held() cluster.Condition { return cluster.Held(l.path, l.token) }

// lose ends the lease, since the cluster has or cannot be asked.
func (l *lease) lose(cause error) { l.End(fmt.Errorf("%w: %w", ErrLost, cause)) }

// quit ends the lease here, and waits until nobody refreshes it.
func (l *lease) quit() {
	l.End(nil)
	<-l.kept
}

// end quits, and ends the item, with other operations, if it is still there:
// else ErrLost. It may be called again after an error, by the same how.
func (l *lease) end(ctx context.Context, how string, ops ...cluster.Op) error {
	l.quit()
	if done, err := l.resolve(ctx, how); done {
		return err
	}
	_, err := l.node.Apply(ctx, append(ops, cluster.Remove(l.path).If(l.held()))...)
	if unknown, ok := errors.AsType[*cluster.UnknownOutcome](err); ok {
		l.setDoubt(&doubt{unknown.ID, how})
	}
	if at, ok := errors.AsType[*cluster.Error](err); ok && refused(err) && at.Path.Equal(l.path) {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return err
}

// resolve finds out whether an earlier end has happened after all.
func (l *lease) resolve(ctx context.Context, how string) (done bool, err error) {
	l.mu.Lock()
	open := l.mu.doubt
	l.mu.Unlock()
	if open == nil {
		return false, nil
	}
	_, err = l.node.Outcome(ctx, open.id)
	switch {
	case err == nil && open.how != how:
		return true, fmt.Errorf("%w: it has ended by %s", ErrLost, open.how)
	case err == nil, errors.Is(err, cluster.ErrOutcomeUnknown):
		return true, err
	}
	l.setDoubt(nil)
	return false, nil
}

func (l *lease) setDoubt(d *doubt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.doubt = d
}

// abandon ends the lease without waiting for the cluster.
func (l *lease) abandon() {
	l.quit()
	go withdraw(l.node, l.path, l.ttl, l.token)
}

// withdraw removes an item under a lease, as well as it can: it tries until the
// lease would have ended anyway, or the node is closed.
func withdraw(node Node, path tree.Path, ttl time.Duration, token uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), ttl)
	defer cancel()
	_, _ = node.Apply(ctx, cluster.Remove(path).If(cluster.Held(path, token)))
}

// withdrawUnknown is withdraw for an item that may come to be.
func withdrawUnknown(node Node, path tree.Path, ttl time.Duration, id cluster.WriteID) {
	ctx, cancel := context.WithTimeout(context.Background(), ttl)
	defer cancel()
	if result, err := node.Outcome(ctx, id); err == nil {
		withdraw(node, path, ttl, result.Revision)
	}
}
