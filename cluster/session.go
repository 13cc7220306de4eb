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
	for ctx.Err() == nil {
		ttl, err := n.awaitSessionTTL(ctx, 0)
		if err != nil {
			return
		}
		pause := refreshPause(ttl)
		if err := n.refreshSession(ctx, pause); err != nil {
			pause = ttl / retriesPerTTL
		}
		pausing, cancel := context.WithTimeout(ctx, pause)
		_, _ = n.awaitSessionTTL(pausing, ttl)
		cancel()
	}
}

// refreshPause is the time between two refreshes. The session itself, and not only
// its lease, lives by them: it ends when it is silent for fsm.SessionTTL.
func refreshPause(ttl time.Duration) time.Duration {
	return min(ttl, fsm.SessionTTL*time.Millisecond) / refreshesPerTTL
}

// awaitSessionTTL waits until the time for which this node's session may be
// silent is another one, and returns it; 0 is that of a session without a lease.
func (n *Node) awaitSessionTTL(ctx context.Context, known time.Duration) (ttl time.Duration, err error) {
	_, err = n.progress.await(ctx, func(state fsm.State) bool {
		whole, _ := state.SessionTTL(n.outbox.session())
		ttl = time.Duration(whole) * time.Millisecond
		return ttl != known
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
// wait for it. It takes no longer than the election timeout.
func (n *Node) leaveSession() {
	if _, leased := n.progress.now().SessionTTL(n.outbox.session()); !leased {
		return
	}
	ctx, cancel := context.WithTimeout(n.life.ctx, n.cfg.ElectionTimeout)
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
