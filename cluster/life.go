package cluster

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// The operations below say how long an item lives, and what follows from its
// end. All of it belongs to the item, and not to its path: it ends with the
// item, and does not hold for another that is inserted later. Other writes leave
// it alone. The item must be there: else ErrNotFound.

// Written is the path that stands, in the operations below, for the item that
// the operation before has written. So an item of Create, whose key is not known
// before, gets a lease with the write that makes it:
//
//	node.Apply(ctx, Create(jobs, job), Expire(Written, time.Minute))
var Written tree.Path

// Expire gives the item at path a lease: it is removed when the time has
// passed, unless it was granted another one before. A write of an item with its
// lease is Apply(ctx, Insert(path, value), Expire(path, ttl)).
//
// The time is counted on the clock of the cluster, which stands still while
// there is no leader. The item never lives shorter than that; longer by the
// time without a leader, by up to a second for each change of leader, and by up
// to a quarter of a second for the leader's ticks. Restarts of all members take
// nothing away. A fraction of a millisecond counts as a whole one. While there
// are leases the leader writes an entry to the log each second.
func Expire(path tree.Path, ttl time.Duration) Op {
	return newOp(fsm.OpExpire, path, milliseconds(ttl))
}

func milliseconds(d time.Duration) int64 {
	whole := d / time.Millisecond
	if d%time.Millisecond > 0 {
		whole++
	}
	return int64(whole)
}

// Persist lets the item at path live until it is removed: it ends its lease, if
// it has one, and undoes KeepWhile and Ephemeral.
func Persist(path tree.Path) Op { return bareOp(fsm.OpPersist, path) }

// KeepWhile lets the item at path live with the one at keeper, which must be
// there too, and with any others that it was given before: when one of them is
// removed, whatever removes it, the item is removed in the same revision. It may
// keep others in turn. When more than 1,024 are to go, the rest of them goes in
// the next revisions, up to 20,000 a second; until its turn one of them may still
// be read, and is spared if Persist frees it. What others let go meanwhile waits
// behind them.
func KeepWhile(path, keeper tree.Path) Op {
	op := bareOp(fsm.OpKeepWhile, path)
	op.operation.Keeper = slices.Clone(keeper)
	return op
}

// MinSessionTTL is the shortest time after which an instance may be taken for
// gone.
const MinSessionTTL = time.Second

// Ephemeral lets the item at path live with the session of the instance that
// makes the write: it is removed when this node is closed, and when the cluster
// has not heard of the node for ttl, which must be MinSessionTTL at least and
// longer than an election takes. Until then the node lets itself be heard in the
// background, three times in each ttl, while it has such items.
//
// A write that is under way when the node is closed may come after that: its item
// is then removed after ttl.
//
// A session has one ttl, that of the last Ephemeral. One that is over takes away
// the items and nothing else; the next Ephemeral begins anew. A new session,
// such as that of an instance that was started again, takes an item over by
// another Ephemeral. The time is counted as that of Expire.
//
// A node that is cut off does not see that its items are gone: what must end for
// it before it ends for others is a matter for package recipe.
func Ephemeral(path tree.Path, ttl time.Duration) Op {
	op := newOp(fsm.OpEphemeral, path, milliseconds(ttl))
	if ttl < MinSessionTTL {
		op.err = fmt.Errorf("%w: a session that may be silent for %v, the least is %v", ErrInvalid, ttl, MinSessionTTL)
	}
	return op
}

// OnLeave gives the item at path operations that are made when it leaves: when
// it is removed by whatever write, when its lease is over, and with its session
// or another keeper. They take the place of any that it has; none takes them
// back. So an instance says what is to be done when it leaves or dies:
//
//	node.Apply(ctx, Insert(me, info), Ephemeral(me, ttl), OnLeave(me, Add(left, 1)))
//
// They are made all or none, in the revision that removes the item, after what
// it keeps is removed. Nobody is told if they are refused. They are at most 64
// and one MiB together, without conditions, and none is a KeepWhile, an
// Ephemeral or an OnLeave.
func OnLeave(path tree.Path, ops ...Op) Op {
	op := bareOp(fsm.OpOnLeave, path)
	for _, later := range ops {
		op.operation.Leave = append(op.operation.Leave, later.operation)
		op.err = errors.Join(op.err, later.err)
		if len(later.conditions) > 0 {
			op.err = errors.Join(op.err, fmt.Errorf("%w: %v in OnLeave has conditions", ErrInvalid, later.operation.Kind))
		}
	}
	return op
}

// Expelled tells of an item that was removed by no operation on it, when, and
// why. The revision is that of the change that removed it.
type Expelled = fsm.Expelled

// Reason says why something has changed, or why an item was removed by no
// operation on it.
type Reason = fsm.Reason

// The reasons.
const (
	// ReasonLease: its lease was over.
	ReasonLease = fsm.ReasonLease
	// ReasonSession: the session of its instance has ended (Ephemeral).
	ReasonSession = fsm.ReasonSession
	// ReasonKeeper: the item that it lived with was removed (KeepWhile).
	ReasonKeeper = fsm.ReasonKeeper
	// ReasonWrite: a write of one operation.
	ReasonWrite = fsm.ReasonWrite
	// ReasonTransaction: a write of several operations.
	ReasonTransaction = fsm.ReasonTransaction
)
