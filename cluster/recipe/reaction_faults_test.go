package recipe_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// TestReactionMissesNothingInFaults: instances crash, restart and are cut off, the
// one that reacts most of all, and the function fails and panics. Every change is
// handled, in order but for repetitions, also when all restart; no two instances are in the function with
// contexts that are alive; the cursor never goes back.
func TestReactionMissesNothingInFaults(t *testing.T) {
	for seed := range uint64(2) {
		inVirtualTime(t, func(t *testing.T, v *virtual) {
			life, cancel := context.WithCancelCause(t.Context())
			writing, stop := context.WithTimeout(life, 10*time.Minute)
			f := &faulty{virtual: v, t: t, life: life, writing: writing, random: rand.New(rand.NewPCG(seed, 11))}
			for _, id := range names {
				f.begin(id)
			}
			pause(writing, 10*time.Second)
			f.disturb(writing)
			f.restart(names...)
			stop()
			time.Sleep(5 * time.Minute)
			cancel(errEnough)
			f.calls.Wait()
			f.check(seed)
		})
	}
}

// faulty is a cluster on whose nodes a reaction and a writer run.
type faulty struct {
	*virtual
	t             *testing.T
	random        *rand.Rand
	life, writing context.Context // of the calls
	calls         sync.WaitGroup

	mu      sync.Mutex
	active  []context.Context
	running string // the instance that was in the function last
	tokens  []uint64
	handled []uint64
	written []uint64
	resets  int
}

// begin lets a node react and write.
func (f *faulty) begin(id string) {
	node, random := f.nodes[id], rand.New(rand.NewPCG(f.random.Uint64(), 0))
	cfg := recipe.ReactionConfig{Failed: func(recipe.Change, error) {}}
	reaction := reactionOn(f.t, node, cfg)
	f.calls.Go(func() {
		err := reaction.OnLeader(f.life, func(ctx context.Context, change recipe.Change) error {
			return f.react(ctx, id, change, random.IntN(150))
		})
		if !errors.Is(err, errEnough) && !errors.Is(err, cluster.ErrClosed) {
			f.t.Errorf("%s returned %v", id, err)
		}
	})
	pauses := rand.New(rand.NewPCG(f.random.Uint64(), 0))
	f.calls.Go(func() { f.write(node, pauses) })
}

// write writes until the node is closed or the test ends that.
func (f *faulty) write(node *cluster.Node, random *rand.Rand) {
	for f.writing.Err() == nil {
		pause(f.writing, time.Duration(random.IntN(3000))*time.Millisecond)
		revision, err := node.Set(f.writing, ordersPath, random.Int())
		switch {
		case errors.Is(err, cluster.ErrClosed):
			return
		case err == nil:
			f.mu.Lock()
			f.written = append(f.written, revision)
			f.mu.Unlock()
		}
	}
}

// react handles a change, or what chance wants.
func (f *faulty) react(ctx context.Context, id string, change recipe.Change, chance int) error {
	f.enter(ctx, id, change)
	switch chance {
	case 0:
		return errEnough
	case 1:
		panic("bad luck")
	case 2:
		time.Sleep(25 * time.Second) // also when its context has ended
	case 3:
		if pause(ctx, 10*time.Second); ctx.Err() != nil {
			return context.Cause(ctx)
		}
	default:
		pause(ctx, time.Duration(chance)*2*time.Millisecond)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handled = append(f.handled, change.Revision)
	return nil
}

// enter notes that an instance is in the function, where no other may be.
func (f *faulty) enter(ctx context.Context, id string, change recipe.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running != id {
		for _, other := range f.active {
			if other.Err() == nil && ctx.Err() == nil {
				f.t.Errorf("%s and %s are in the function at once", f.running, id)
			}
		}
		f.active = nil
	}
	f.active, f.running = append(f.active, ctx), id
	if change.Reset {
		f.resets++
	}
	if n := len(f.tokens); n == 0 || f.tokens[n-1] != change.Token() {
		f.tokens = append(f.tokens, change.Token())
	}
}

// disturb lets the instance that reacts, or another one, crash or be cut off, until
// ctx ends.
func (f *faulty) disturb(ctx context.Context) {
	for ctx.Err() == nil {
		id := names[f.random.IntN(len(names))]
		if f.random.IntN(3) > 0 {
			f.mu.Lock()
			id = f.running
			f.mu.Unlock()
		}
		down := time.Duration(f.random.IntN(30)) * time.Second
		if f.random.IntN(2) == 0 {
			f.net.Isolate(id)
			pause(ctx, down)
			f.net.HealAll()
		} else {
			f.stop(id)
			pause(ctx, down)
			f.restart(id)
		}
		pause(ctx, time.Duration(f.random.IntN(20))*time.Second)
	}
}

// restart starts nodes, once all of them are stopped.
func (f *faulty) restart(ids ...string) {
	for _, id := range ids {
		if f.nodes[id] != nil {
			f.stop(id)
		}
	}
	for _, id := range ids {
		f.start(id)
		f.begin(id)
	}
}

// check compares what was handled with what has changed, as a node remembers it.
func (f *faulty) check(seed uint64) {
	f.t.Helper()
	changes, cursors := f.history(ordersPath), f.history(reactionPath.Child("cursor"))
	revisions := slices.Sorted(maps.Keys(changes))
	first := map[uint64]bool{}
	var order []uint64
	for _, revision := range f.handled {
		if !first[revision] {
			first[revision] = true
			order = append(order, revision)
		}
	}
	// The first event of all is of a revision that need not be one of a change.
	begin := order[0]
	revisions = slices.DeleteFunc(revisions, func(r uint64) bool { return r < begin })
	if _, changed := changes[begin]; !changed {
		order = order[1:]
	}
	for i := range max(len(order), len(revisions)) {
		if i >= len(order) || i >= len(revisions) || order[i] != revisions[i] {
			f.t.Fatalf("seed %d: handled were %v, changes are %v", seed, order[i:min(i+5, len(order))], revisions[i:min(i+5, len(revisions))])
		}
	}
	for _, revision := range f.written {
		if _, found := slices.BinarySearch(revisions, revision); !found && revision > begin {
			f.t.Errorf("seed %d: revision %d was acknowledged and is no change", seed, revision)
		}
	}
	last := int64(0)
	for _, revision := range slices.Sorted(maps.Keys(cursors)) {
		if cursor := cursors[revision].Int(); cursor < last || uint64(cursor) > revision {
			f.t.Errorf("seed %d: the cursor went from %d to %d", seed, last, cursor)
		} else {
			last = cursor
		}
	}
	if !slices.IsSorted(f.tokens) || f.resets > 0 || len(f.tokens) < 10 || len(order) < 200 {
		f.t.Errorf("seed %d: tokens %v, %d resets, %d changes", seed, f.tokens, f.resets, len(order))
	}
	f.t.Logf("seed %d: %d changes, %d handled again, %d shifts, the cursor moved %d times",
		seed, len(order), len(f.handled)-len(order), len(f.tokens), len(cursors))
}

// history returns all values that have stood at a path, by their revisions.
func (f *faulty) history(path tree.Path) map[uint64]tree.Value {
	values := map[uint64]tree.Value{}
	for event, err := range f.nodes["a"].Watch(f.t.Context(), tree.Subtree(path), cluster.EveryChange(), cluster.Since(0)) {
		if err != nil || event.Reset {
			f.t.Fatalf("the changes are not remembered: %v", err)
		}
		if event.Synced {
			break
		}
		values[event.Revision] = event.Value
	}
	return values
}
