package cluster

import (
	"context"
	"errors"
	"time"

	"example.com/gstate/fsm"
)

const (
	// refreshesPerTTL: one refresh may be lost, or meet an election, without an
	// end of the session's lease.
	refreshesPerTTL = 3
	// retriesPerTTL is how soon a refresh that has failed is tried again.
	retriesPerTTL = 20
)

// keepSession refreshes the lease of this node's session, in which its writes
// are numbered, for as long as the session keeps items: see Ephemeral.
func (n *Node) keepSession(ctx context.Context) {
	for {
		ttl, err := n.awaitSessionLease(ctx)
		if err != nil {
			return
		}
		pause := ttl / refreshesPerTTL
		if err := n.refreshSession(ctx, pause); err != nil {
			pause = ttl / retriesPerTTL
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// awaitSessionLease waits until this node's session has a lease, and returns how
// long it is.
func (n *Node) awaitSessionLease(ctx context.Context) (ttl time.Duration, err error) {
	_, err = n.progress.await(ctx, func(state fsm.State) bool {
		whole, leased := state.SessionTTL(n.outbox.session())
		ttl = time.Duration(whole) * time.Millisecond
		return leased
	})
	return ttl, err
}

// refreshSession lets the cluster hear of this node once. It takes no longer than
// patience.
func (n *Node) refreshSession(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return n.commandSession(ctx, fsm.KindRefresh)
}

// leaveSession ends the lease of this node's session, so that others need not
// wait for it, and at most until ctx ends.
func (n *Node) leaveSession(ctx context.Context) {
	if _, leased := n.progress.now().SessionTTL(n.outbox.session()); !leased {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, n.cfg.ElectionTimeout)
	defer cancel()
	if err := n.commandSession(ctx, fsm.KindLeave); err != nil {
		n.log.Warn("what this member keeps is left to its lease", "error", err)
	}
}

// commandSession makes one attempt to have a command about this node's session
// applied, and waits until it is applied here.
func (n *Node) commandSession(ctx context.Context, kind fsm.Kind) error {
	leader, err := n.awaitLeader(ctx)
	if err != nil {
		return err
	}
	command := fsm.AppendCommand(nil, kind, fsm.Header{Session: n.outbox.session()}, nil)
	result, err := n.route(ctx, leader, [][]byte{command})
	if err == nil && len(result.answers) != 1 {
		err = errors.New("the leader has not answered")
	}
	if err != nil {
		return err
	}
	return n.awaitApplied(ctx, result)
}
