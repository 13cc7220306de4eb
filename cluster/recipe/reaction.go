package recipe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// ReactionConfig says how a reaction runs. A zero field means its default.
type ReactionConfig struct {
	// TTL is about how long nobody reacts after a crash; zero means DefaultTTL.
	TTL time.Duration
	// Failed is told of each error of the function, and of each panic with its
	// stack; nil means that log/slog is. It is called before the function is run
	// again.
	Failed func(change Change, err error)
}

// Reaction runs a function for each change of a query's result, on one instance at
// a time of all that call OnLeader. How far it has come, the cursor, stands at
// "cursor" beneath its path, as a revision, and whoever takes over goes on from
// there. All methods may be called at any
// time from any goroutine.
type Reaction struct {
	node     Node
	path     tree.Path
	query    tree.Query
	election *Election
	cursor   tree.Path
	failed   func(Change, error)
}

// Change is an event that a reaction is run for: one change of the result, with its
// own Revision. A first event, with Synced set, and one with Reset set are no
// change, but the whole result at that Revision.
type Change struct {
	cluster.Event
	leads *Leadership
}

// Token returns the fencing token: greater than that of every instance that reacted
// before, and the same for all changes until another one reacts.
func (c Change) Token() uint64 { return c.leads.Token() }

// Condition returns the demand that no other instance has taken over, for writes to
// the tree: see Held.Condition.
func (c Change) Condition() cluster.Condition { return c.leads.Condition() }

// NewReaction returns the reaction at the path, at which nothing else may stand.
// All instances must give the same query, and it must not read there. It writes
// nothing.
func NewReaction(node Node, path tree.Path, query tree.Query, cfg ReactionConfig) (*Reaction, error) {
	election, err := NewElection(node, path.Child("line"), cfg.TTL)
	if err == nil {
		err = validate(node, path)
	}
	if err == nil && reads(query, path) {
		err = fmt.Errorf("%w: the query %v reads there, and would see the reaction itself", cluster.ErrInvalid, query)
	}
	if err != nil {
		return nil, wrap("new reaction", path, err)
	}
	r := &Reaction{
		node: node, path: slices.Clone(path), query: query, election: election,
		cursor: path.Child("cursor"), failed: cfg.Failed,
	}
	if r.failed == nil {
		r.failed = r.log
	}
	return r, nil
}

// reads reports whether a query reads anything that stands at the path or beneath.
func reads(query tree.Query, path tree.Path) (does bool) {
	edit := tree.New().Edit()
	_ = edit.Set(path, tree.StringValue("before"))
	edit = edit.Tree().Edit() // in which all above stands
	edit.KeepJournal()
	_ = edit.Set(path, tree.StringValue("after"))
	var matcher tree.Matcher[bool]
	matcher.Add(query.Result(tree.New()), true)
	for _, write := range edit.Journal() {
		matcher.Concerned(write, func(bool) { does = true })
	}
	return does
}

// log is what is told of failures by default.
func (r *Reaction) log(change Change, err error) {
	slog.Error("reaction failed", "path", r.path, "revision", change.Revision, "error", err)
}

// OnLeader waits until no other instance reacts, and then runs the function for
// each change after the cursor, one at a time and in order, until ctx ends or
// another instance takes over; then it waits again. It always returns an error: the
// cause of ctx, ErrClosed, or why the reaction cannot be, such as ErrWrongKind for
// something else at its path. With ctx it gives up at once: the next one goes on as
// soon as the function has returned.
//
// Where there is no cursor yet, the first event has the present result and Synced
// set; so the reaction can begin from all that is there. Where the changes after
// the cursor are not remembered (cluster.Since), or the function is behind by more
// than that (cluster.EveryChange), an event has Reset set and the present result:
// what has changed meanwhile is to be found by comparing.
//
// Each change is handed at least once. The cursor is stored after 64 changes or a
// second, whatever comes first, and at the end: after a crash the changes since are
// handed again, and the one that was under way. So the function must bear
// repetition: it may keep the greatest Revision it has seen with what it does.
//
// The context of the function ends with ctx, and before another instance can take
// over; the function must then return soon. Where that may come too late, it acts
// under Change.Condition, or sends Change.Token along. After an error or a panic
// it is run again for the same change: after a tenth of a second, then twice as long
// each time, up to ten seconds. It goes on so until it succeeds, and no later change
// passes by; to leave a change out, the function returns nil.
func (r *Reaction) OnLeader(ctx context.Context, react func(ctx context.Context, change Change) error) error {
	for {
		leads, err := r.election.Campaign(ctx, true)
		if err != nil {
			return err
		}
		s := &shift{Reaction: r, leads: leads, react: react}
		err = s.run(ctx)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if errors.Is(err, ErrLost) {
			continue
		}
		return wrap("react", r.path, err)
	}
}
