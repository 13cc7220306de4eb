package recipe

import (
	"context"
	"iter"
	"time"

	"example.com/gstate/tree"
)

// Election chooses one leader among the instances that campaign, and another
// one when it resigns or its lease ends. It has nothing to do with the leader
// of Raft. All methods may be called at any time from any goroutine.
type Election struct{ line line }

// Leader is who leads.
type Leader struct {
	// Value is what it campaigned with.
	Value tree.Value
	// Token is that of its Leadership.
	Token uint64
}

// Leadership is held by the leader: as a lock is, with the same Token, Context
// and Condition.
type Leadership struct{ *Held }

// resignTime is how long RunWhileLeader waits to hand over at its end. The
// lease does it otherwise.
const resignTime = time.Second

// NewElection returns the election at the path, as NewMutex returns a lock.
func NewElection(node Node, path tree.Path, ttl time.Duration) (*Election, error) {
	l, err := newLine(node, path, ttl, "campaign")
	if err != nil {
		return nil, err
	}
	return &Election{l}, nil
}

// Campaign waits until this candidate leads or ctx ends, as Mutex.Lock does.
// value tells others who leads: a name, an address.
func (e *Election) Campaign(ctx context.Context, value any) (*Leadership, error) {
	held, err := e.line.enter(ctx, value, (&Mutex{e.line}).first)
	if err != nil {
		return nil, err
	}
	return &Leadership{held}, nil
}

// Resign lets the next candidate lead, as Held.Unlock does.
func (l *Leadership) Resign(ctx context.Context) error {
	return wrap("resign", l.lease.path, l.lease.end(ctx, "resign"))
}

// Leader returns who leads; it is false when nobody does. It is a linearizable
// read, and yet may be over when it returns.
func (e *Election) Leader(ctx context.Context) (leader Leader, ok bool, err error) {
	now, err := e.line.node.Read(ctx)
	if err != nil {
		return Leader{}, false, wrap("leader", e.line.path, err)
	}
	leader, ok = e.leaderIn(now)
	return leader, ok, nil
}

// leaderIn returns who leads in a state.
func (e *Election) leaderIn(t *tree.Tree) (Leader, bool) {
	places := e.line.all(t)
	if len(places) == 0 {
		return Leader{}, false
	}
	return Leader{Value: places[0].value, Token: places[0].created}, true
}

// Observe yields who leads, as this instance knows it, at once and whenever it
// has changed: the zero Leader while nobody does. One that led only for a
// moment may be left out. It yields an error, last, when ctx ends or the node
// is closed.
func (e *Election) Observe(ctx context.Context) iter.Seq2[Leader, error] {
	return func(yield func(Leader, error) bool) {
		var last Leader
		first := true
		for _, err := range e.line.node.Watch(ctx, e.line.watchAll()) {
			if err != nil {
				yield(Leader{}, wrap("observe", e.line.path, err))
				return
			}
			now, _ := e.leaderIn(e.line.node.Tree())
			if (first || now.Token != last.Token) && !yield(now, nil) {
				return
			}
			first, last = false, now
		}
	}
}

// RunWhileLeader campaigns and runs the function while this instance leads,
// and again whenever it has lost that and won once more. It returns what run
// has returned while it led, after resigning; or the cause when ctx ends. The
// context of run ends with ctx and with the leadership, and run must then
// return soon: until it has, the instance does not campaign again.
func (e *Election) RunWhileLeader(
	ctx context.Context, value any, run func(ctx context.Context, token uint64) error,
) error {
	for {
		leads, err := e.Campaign(ctx, value)
		if err != nil {
			return err
		}
		if over, err := leads.run(ctx, run); over {
			return err
		}
	}
}

// run runs the function once. It is over unless leadership was lost.
func (l *Leadership) run(
	ctx context.Context, run func(ctx context.Context, token uint64) error,
) (over bool, err error) {
	defer l.leave(ctx) // also when run panics
	work, stop := both(ctx, l.Context())
	defer stop()
	err = run(work, l.Token())
	switch {
	case ctx.Err() != nil:
		return true, wrap("run", l.Path(), context.Cause(ctx))
	case l.Context().Err() != nil:
		return false, nil
	}
	return true, err
}

// leave resigns, for a while.
func (l *Leadership) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resignTime)
	defer cancel()
	_ = l.Resign(ctx)
}
