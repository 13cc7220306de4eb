package cluster

import (
	"context"
	"fmt"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Tree returns this node's state, as one consistent moment that never changes:
// it can be kept and read without locks. It never waits and never fails, also
// without a leader and after Close; it may be behind other instances. Writes
// made through this node are in it as soon as they return.
func (n *Node) Tree() *tree.Tree { return n.progress.now().Tree }

// ReadAt returns this node's state as soon as it has reached the revision. It
// waits until ctx ends, and for ever if there never is such a revision; the
// error then matches the context's cause, or ErrClosed.
func (n *Node) ReadAt(ctx context.Context, revision uint64) (*tree.Tree, error) {
	state, err := n.progress.await(ctx, func(s fsm.State) bool { return s.Tree.Revision() >= revision })
	if err != nil {
		err = fmt.Errorf("revision %d is not reached: %w", revision, err)
		return nil, &Error{Operation: "read", Revision: state.Tree.Revision(), Err: err}
	}
	return state.Tree, nil
}

// Read is the linearizable read, on any node: the state it returns reflects
// every write that was acknowledged to anybody before the call. It costs one
// round of messages to a majority, which all reads that wait share, and waits
// until ctx ends; if no leader is known then, the error matches ErrNoLeader.
func (n *Node) Read(ctx context.Context) (*tree.Tree, error) {
	index, err := n.readIndex.await(ctx)
	if err != nil {
		return nil, &Error{Operation: "read", Err: n.explainWait(err)}
	}
	state, err := n.progress.awaitIndex(ctx, index)
	if err != nil {
		return nil, &Error{Operation: "read", Err: err}
	}
	return state.Tree, nil
}

// ReadWithin returns this node's state if it reflects every write that was
// acknowledged to anybody longer than the given time ago. It never waits while
// the node has proof of that, which each linearizable read gives; else it is
// Read, and gives proof to those that follow. So many reads a second cost one
// round of messages in each such time. Zero makes it Read.
func (n *Node) ReadWithin(ctx context.Context, staleness time.Duration) (*tree.Tree, error) {
	proof := n.readIndex.confirmed.Load()
	if proof != nil && time.Since(proof.at) < staleness {
		if state := n.progress.now(); state.Index >= proof.index && n.life.ctx.Err() == nil {
			return state.Tree, nil
		}
	}
	return n.Read(ctx)
}
