package recipe_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

var (
	reactionPath = tree.Path{"reactions", "orders"}
	ordersPath   = tree.Path{"orders"}
)

func reactionOn(t *testing.T, node recipe.Node, cfg recipe.ReactionConfig) *recipe.Reaction {
	t.Helper()
	cfg.TTL = ttl
	return must(recipe.NewReaction(node, reactionPath, tree.Subtree(ordersPath), cfg))(t)
}

// react runs the reaction on a node until the test ends it.
func (v *virtual) react(t *testing.T, id string, react func(ctx context.Context, change recipe.Change) error) *reacting {
	r := &reacting{ended: make(chan error, 1)}
	reaction := reactionOn(t, v.nodes[id], recipe.ReactionConfig{})
	var ctx context.Context
	ctx, r.cancel = context.WithCancelCause(t.Context())
	go func() { r.ended <- reaction.OnLeader(ctx, react) }()
	return r
}

// reacting is a call of OnLeader.
type reacting struct {
	cancel context.CancelCauseFunc
	ended  chan error
}

var errEnough = errors.New("enough")

// end ends it, and fails the test unless it returns why.
func (r *reacting) end(t *testing.T) {
	t.Helper()
	r.cancel(errEnough)
	if err := <-r.ended; !errors.Is(err, errEnough) {
		t.Errorf("it returned %v", err)
	}
}

// recorder is a function that notes what it is run for.
type recorder struct {
	mu   sync.Mutex
	seen []string
}

func (r *recorder) on(id string) func(context.Context, recipe.Change) error {
	return func(_ context.Context, change recipe.Change) error {
		r.note("%s %s", id, describe(change))
		return nil
	}
}

func (r *recorder) note(format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, fmt.Sprintf(format, a...))
}

func describe(change recipe.Change) string {
	text := "nothing"
	if change.Exists {
		text = change.Value.String()
	}
	for name, set := range map[string]bool{" synced": change.Synced, " reset": change.Reset} {
		if set && !(change.Reset && name == " synced") {
			text += name
		}
	}
	return text
}

// want fails the test unless this is what has been seen since the last call, when
// nothing moves.
func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.seen, want) {
		t.Errorf("seen were %q, want %q", r.seen, want)
	}
	r.seen = nil
}

func order(t *testing.T, node *cluster.Node, n int) uint64 {
	t.Helper()
	return must(node.Set(within(t, time.Minute), ordersPath, n))(t)
}

// TestReactionGoesOnWhereTheLastOneStopped: the first of all gets what is there, and
// those that follow each change since, also when there was nobody for a while.
func TestReactionGoesOnWhereTheLastOneStopped(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		order(t, v.nodes["c"], 1)
		order(t, v.nodes["c"], 2)
		first := v.react(t, "a", r.on("a"))
		time.Sleep(time.Second)
		second := v.react(t, "b", r.on("b"))
		order(t, v.nodes["c"], 3)
		order(t, v.nodes["c"], 4)
		time.Sleep(time.Second)
		r.want(t, "a 2 synced", "a 3", "a 4")

		began := time.Now()
		first.end(t)
		order(t, v.nodes["c"], 5)
		order(t, v.nodes["c"], 6)
		if took := time.Since(began); took > 50*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		r.want(t, "b 5", "b 6") // it has taken over at once

		second.end(t)
		order(t, v.nodes["c"], 7)
		order(t, v.nodes["c"], 8)
		time.Sleep(time.Minute)
		last := v.react(t, "c", r.on("c"))
		time.Sleep(time.Second)
		r.want(t, "c 7", "c 8")
		last.end(t)
	})
}

// TestReactionGoesOnElsewhereAfterACrash about a ttl later. What is not stored is
// handed again: not what was handled more than a second before the last change.
func TestReactionGoesOnElsewhereAfterACrash(t *testing.T) {
	for _, leader := range []bool{false, true} {
		inVirtualTime(t, func(t *testing.T, v *virtual) {
			var r recorder
			crash, other := v.followers(t)[0], v.leader(t)
			if leader {
				crash, other = other, crash
			}
			first := v.react(t, crash, r.on("first"))
			time.Sleep(time.Second)
			var took time.Duration
			crashed := time.Now()
			second := v.react(t, other, func(ctx context.Context, change recipe.Change) error {
				if took == 0 {
					took = time.Since(crashed)
				}
				return r.on("second")(ctx, change)
			})
			order(t, v.nodes[other], 1)
			time.Sleep(1100 * time.Millisecond)
			order(t, v.nodes[other], 2)
			order(t, v.nodes[other], 3)
			r.want(t, "first nothing synced", "first 1", "first 2", "first 3")
			crashed = time.Now()
			v.stop(crash)
			if err := <-first.ended; !errors.Is(err, cluster.ErrClosed) {
				t.Errorf("on the closed node it returned %v", err)
			}
			time.Sleep(2 * ttl)
			r.want(t, "second 2", "second 3")
			t.Logf("it was taken over %v after the crash, of the leader of Raft: %v", took, leader)
			if took < ttl/2 || took > ttl+2*time.Second {
				t.Errorf("it was taken over after %v", took)
			}
			second.end(t)
		})
	}
}

// TestReactionBoundsWhatIsHandedAgain: of changes that come fast, those since the
// last 64th.
func TestReactionBoundsWhatIsHandedAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		crash, other := v.followers(t)[0], v.leader(t)
		first := v.react(t, crash, func(context.Context, recipe.Change) error { return nil })
		time.Sleep(time.Second)
		for i := range 100 {
			order(t, v.nodes[other], i+1)
		}
		time.Sleep(500 * time.Millisecond)
		v.stop(crash)
		<-first.ended
		second := v.react(t, other, r.on("second"))
		time.Sleep(2 * ttl)
		var want []string
		for i := 65; i <= 100; i++ {
			want = append(want, fmt.Sprint("second ", i))
		}
		r.want(t, want...)
		second.end(t)
	})
}

// TestDeposedReactionEndsFirst: the context of an instance that is cut off has
// ended before another one reacts, and the cursor is the other's.
func TestDeposedReactionEndsFirst(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		cut, other := v.followers(t)[0], v.leader(t)
		var ended, began time.Time
		var token uint64
		late := make(chan error)
		first := v.react(t, cut, func(ctx context.Context, change recipe.Change) error {
			if change.Synced || change.Token() != token && token != 0 {
				token = change.Token()
				return r.on("first")(ctx, change)
			}
			<-ctx.Done()
			ended = time.Now()
			time.Sleep(3 * ttl) // it does not return
			_, err := v.nodes[cut].Set(within(t, time.Minute), tree.Path{"late"}, 1, change.Condition())
			late <- err
			return nil
		})
		time.Sleep(time.Second)
		second := v.react(t, other, func(ctx context.Context, change recipe.Change) error {
			began = time.Now()
			return r.on("second")(ctx, change)
		})
		time.Sleep(time.Second)
		order(t, v.nodes[other], 1)
		time.Sleep(time.Second)
		v.net.Isolate(cut)
		cutAt := time.Now()
		time.Sleep(2 * ttl)
		r.want(t, "first nothing synced", "second 1")
		t.Logf("cut off, the context ended after %v, and another began after %v", ended.Sub(cutAt), began.Sub(cutAt))
		if ended.IsZero() || began.Sub(ended) < time.Second {
			t.Errorf("one ended at %v, the other began at %v", ended, began)
		}
		v.net.HealAll()
		if err := <-late; !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("the late write under its condition: %v", err)
		}
		time.Sleep(time.Second)
		order(t, v.nodes[other], 2)
		time.Sleep(time.Second)
		r.want(t, "second 2")
		second.end(t)
		order(t, v.nodes[other], 3)
		time.Sleep(time.Second)
		r.want(t, "first 3")
		first.end(t)
	})
}

// TestReactionRepeatsAChangeThatFailed, by error or panic, until it succeeds, later
// each time; the next change waits for it.
func TestReactionRepeatsAChangeThatFailed(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		var failures []error
		cfg := recipe.ReactionConfig{Failed: func(_ recipe.Change, err error) { failures = append(failures, err) }}
		reaction := reactionOn(t, v.nodes["a"], cfg)
		ctx, cancel := context.WithCancelCause(t.Context())
		began, tries := time.Now(), 0
		ended := make(chan error)
		go func() {
			ended <- reaction.OnLeader(ctx, func(_ context.Context, change recipe.Change) error {
				if change.Value.Int() != 1 {
					r.note("%s", describe(change))
					return nil
				}
				r.note("%s after %v", describe(change), time.Since(began).Round(100*time.Millisecond))
				switch tries++; {
				case tries < 9 && tries%2 == 1:
					return errEnough
				case tries < 9:
					panic("so bad")
				}
				return nil
			})
		}()
		time.Sleep(time.Second)
		began = time.Now()
		order(t, v.nodes["b"], 1)
		order(t, v.nodes["b"], 2)
		time.Sleep(time.Minute)
		r.want(t, "nothing synced", "1 after 0s", "1 after 100ms", "1 after 300ms", "1 after 700ms", "1 after 1.5s",
			"1 after 3.1s", "1 after 6.3s", "1 after 12.7s", "1 after 22.7s", "2")
		if len(failures) != 8 || !errors.Is(failures[0], errEnough) {
			t.Errorf("failures: %v", failures)
		}
		if text := failures[1].Error(); !strings.HasPrefix(text, "panic: so bad\n") || !strings.Contains(text, "reaction_test.go") {
			t.Errorf("the panic is told as %s", text)
		}
		tries, began = 0, time.Now()
		order(t, v.nodes["b"], 1)
		time.Sleep(10 * time.Second)
		before := time.Now()
		cancel(errEnough)
		if err := <-ended; !errors.Is(err, errEnough) || time.Since(before) > 50*time.Millisecond {
			t.Errorf("it returned %v after %v, between two tries", err, time.Since(before))
		}
		r.want(t, "1 after 0s", "1 after 100ms", "1 after 300ms", "1 after 700ms", "1 after 1.5s", "1 after 3.1s", "1 after 6.3s")
		next := v.react(t, "b", r.on("b"))
		time.Sleep(time.Second)
		r.want(t, "b 1")
		next.end(t)
	})
}

// sleeper is a node of a process that can be paused, between a decision to write and
// the write.
type sleeper struct {
	*cluster.Node
	sleep atomic.Int64
}

func (s *sleeper) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	if d := time.Duration(s.sleep.Load()); d > 0 {
		time.Sleep(d)
		ctx = context.WithoutCancel(ctx)
	}
	return s.Node.Apply(ctx, ops...)
}

// TestDeposedReactionMovesNoCursor, when it wakes up in the middle of that.
func TestDeposedReactionMovesNoCursor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		paused := &sleeper{Node: v.nodes["a"]}
		reaction := reactionOn(t, paused, recipe.ReactionConfig{})
		ctx, cancel := context.WithCancelCause(t.Context())
		first := &reacting{cancel: cancel, ended: make(chan error)}
		go func() {
			first.ended <- reaction.OnLeader(ctx, func(ctx context.Context, change recipe.Change) error {
				paused.sleep.Store(int64(3 * ttl))
				return r.on("a")(ctx, change)
			})
		}()
		time.Sleep(time.Second)
		second := v.react(t, "b", r.on("b"))
		time.Sleep(2 * ttl)
		order(t, v.nodes["b"], 1)
		time.Sleep(time.Second)
		second.end(t)
		r.want(t, "a nothing synced", "b nothing synced", "b 1")
		cursor := func() int64 {
			item, _ := must(v.nodes["b"].Read(within(t, time.Minute)))(t).Get(reactionPath.Child("cursor"))
			return item.Value().Int()
		}
		before := cursor()
		time.Sleep(ttl)
		paused.sleep.Store(0)
		time.Sleep(4 * ttl)
		if after := cursor(); before == 0 || after < before {
			t.Errorf("the cursor was %d, and is %d", before, after)
		}
		order(t, v.nodes["b"], 2)
		time.Sleep(time.Second)
		r.want(t, "a 2")
		first.end(t)
	})
}

// TestReactionBeginsAnewFromTheWhole when all nodes have started from snapshots that
// are later than the cursor.
func TestReactionBeginsAnewFromTheWhole(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		first := v.react(t, "a", r.on("a"))
		time.Sleep(time.Second)
		order(t, v.nodes["b"], 1)
		time.Sleep(time.Second)
		first.end(t)
		r.want(t, "a nothing synced", "a 1")
		v.tune = func(cfg *cluster.Config) { cfg.SnapshotEntries, cfg.TrailingLogs = 10, 1 }
		for range 2 { // the second start is from a snapshot
			for _, id := range names {
				v.stop(id)
			}
			for _, id := range names {
				v.start(id)
			}
			for i := range 30 {
				order(t, v.nodes["b"], i+10)
			}
			time.Sleep(5 * time.Second)
		}
		second := v.react(t, "c", r.on("c"))
		time.Sleep(time.Second)
		order(t, v.nodes["a"], 2)
		time.Sleep(time.Second)
		r.want(t, "c 39 reset", "c 2")
		second.end(t)
	})
}

// TestReactionKeepsUpWithTheTree while nothing concerns it: after more changes than
// nodes remember nothing is missed.
func TestReactionKeepsUpWithTheTree(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		var r recorder
		first := v.react(t, "a", r.on("a"))
		time.Sleep(time.Second)
		order(t, v.nodes["b"], 1)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				for range 100 {
					must(v.nodes["b"].Apply(t.Context(), cluster.Add(tree.Path{"beside"}, 1)))(t)
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		wg.Wait()
		v.stop("a")
		<-first.ended
		second := v.react(t, "b", r.on("b"))
		time.Sleep(2 * ttl)
		order(t, v.nodes["b"], 2)
		time.Sleep(time.Second)
		r.want(t, "a nothing synced", "a 1", "b 2")
		second.end(t)
	})
}

// TestReactionRefusesWhatCannotBe, and returns why.
func TestReactionRefusesWhatCannotBe(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		node := v.nodes["a"]
		for _, c := range []struct {
			path  tree.Path
			query string
			ok    bool
		}{
			{reactionPath, `{"orders": {"_": 1}}`, true},
			{reactionPath, `{"reactions": {"mail": {"_": 1}}}`, true},
			{reactionPath, `{"_": "$at", "path": "orders"}`, true},
			{nil, `{"orders": {"_": 1}}`, false},
			{reactionPath, `{"_": {"_": 1}}`, false},
			{reactionPath, `{"reactions": {"_": "$key"}}`, false},
			{reactionPath, `{"reactions": {"orders": {"cursor": 1}}}`, false},
			{reactionPath, `{"_": "$at", "path": "reactions.orders.line"}`, false},
			{reactionPath, `{"orders": {"_": {"#": {"reactions": 1}}}}`, false},
		} {
			query := must(tree.ParseQuery([]byte(c.query)))(t)
			_, err := recipe.NewReaction(node, c.path, query, recipe.ReactionConfig{})
			if c.ok != (err == nil) || err != nil && !errors.Is(err, cluster.ErrInvalid) {
				t.Errorf("%v, %s: %v", c.path, c.query, err)
			}
		}
		_, err := recipe.NewReaction(node, reactionPath, tree.Subtree(ordersPath), recipe.ReactionConfig{TTL: time.Millisecond})
		if !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("a ttl of a millisecond: %v", err)
		}
		must(node.Set(t.Context(), reactionPath.Child("cursor"), "x"))(t)
		never := func(context.Context, recipe.Change) error { panic("it ran") }
		err = reactionOn(t, node, recipe.ReactionConfig{}).OnLeader(within(t, time.Minute), never)
		if !errors.Is(err, cluster.ErrWrongKind) {
			t.Errorf("with a cursor that is a text: %v", err)
		}
		must(node.Set(t.Context(), reactionPath.Child("cursor"), 1<<40))(t)
		var r recorder
		foreign := v.react(t, "b", r.on("b"))
		time.Sleep(time.Second)
		r.want(t, "b nothing synced")
		foreign.end(t)
	})
}
