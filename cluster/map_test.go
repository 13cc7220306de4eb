package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// mirror is the map that a reader makes of the changes of a watched Map.
type mirror struct {
	t       *testing.T
	users   map[string]user
	events  []cluster.MapEvent[user]
	wrong   []error
	ended   error
	changes int
	done    chan struct{}
}

// mirrorOf follows a map until ctx ends.
func mirrorOf(ctx context.Context, t *testing.T, users cluster.Map[user], options ...cluster.WatchOption) *mirror {
	m := &mirror{t: t, users: map[string]user{}, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		for event, err := range users.Watch(ctx, options...) {
			switch {
			case errors.Is(err, cluster.ErrWrongKind):
				m.wrong = append(m.wrong, err)
			case err != nil:
				m.ended = err
			default:
				m.apply(event)
				m.compare(event)
			}
		}
	}()
	synctest.Wait()
	return m
}

// apply makes the changes of an event, which must go with what there was.
func (m *mirror) apply(event cluster.MapEvent[user]) {
	m.events = append(m.events, event)
	if event.Whole {
		clear(m.users)
	}
	if !slices.IsSortedFunc(event.Changes, func(a, b cluster.MapChange[user]) int { return tree.CompareKeys(a.Key, b.Key) }) {
		m.t.Errorf("changes out of order: %+v", event.Changes)
	}
	for _, change := range event.Changes {
		if had, was := m.users[change.Key]; was != change.Was || had != change.Old || !change.Was && !change.Is {
			m.t.Errorf("revision %d: %q was %v, and the change is %+v", event.Revision, change.Key, had, change)
		}
		if change.Is {
			m.users[change.Key] = change.New
		} else {
			delete(m.users, change.Key)
		}
		m.changes++
	}
}

// compare holds what the reader has against the whole value of the event.
func (m *mirror) compare(event cluster.MapEvent[user]) {
	want := map[string]user{}
	for key, v := range event.Value.Members() {
		var u user
		if v.Kind() == tree.Object && v.Decode(&u) == nil {
			want[key] = u
		}
	}
	if !maps.Equal(m.users, want) {
		m.t.Errorf("revision %d: the reader has %v, want %v", event.Revision, m.users, want)
	}
}

// readAll returns the entries of a tree, without those that are no user.
func readAll(t *testing.T, users cluster.Map[user], from *tree.Tree) map[string]user {
	all := map[string]user{}
	for entry, err := range users.AllFrom(from) {
		if err == nil {
			all[entry.Key] = entry.Value
		} else if !errors.Is(err, cluster.ErrWrongKind) {
			t.Error(err)
		}
	}
	return all
}

// TestWatchedMapFollowsTheModel writes at random on all instances: through the map,
// past it, and what is no user or no map. Readers that rebuild the map from the
// changes have at every event what the whole value has, and in the end all of it.
func TestWatchedMapFollowsTheModel(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				v.leader()
				ctx, cancel := context.WithCancel(t.Context())
				var every, latest []*mirror
				for _, node := range v.nodes {
					users := cluster.NewMap[user](node, path("users"))
					every = append(every, mirrorOf(ctx, t, users, cluster.EveryChange()))
					latest = append(latest, mirrorOf(ctx, t, users))
				}
				writeUsersAtRandom(t, v, seed)
				v.converged()
				synctest.Wait()
				cancel()
				now := v.nodes["a"].Tree()
				want := readAll(t, cluster.NewMap[user](v.nodes["a"], path("users")), now)
				for _, m := range append(every, latest...) {
					<-m.done
					if !errors.Is(m.ended, context.Canceled) || !maps.Equal(m.users, want) {
						t.Errorf("the reader has %v, want %v: %v", m.users, want, m.ended)
					}
				}
				for _, m := range every {
					if changes := describe(m); changes != describe(every[0]) || len(m.events) < 100 {
						t.Errorf("instances saw different changes, or too few:\n%s\n%s", changes, describe(every[0]))
					}
				}
				if len(every[0].wrong) < 10 {
					t.Errorf("%d wrong shapes: too few", len(every[0].wrong))
				}
			})
		})
	}
}

// describe returns what a reader has seen, but for the first event.
func describe(m *mirror) string {
	text := fmt.Sprintf("%q\n", m.wrong)
	for _, event := range m.events[1:] {
		text += fmt.Sprintln(event.Revision, event.Changes)
	}
	return text
}

func writeUsersAtRandom(t *testing.T, v *virtual, seed uint64) {
	var writers sync.WaitGroup
	for i, id := range []string{"a", "b", "c"} {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		writers.Go(func() {
			for range 100 {
				err := writeUserAtRandom(within(t, time.Hour), v.nodes[id], random)
				expected := errors.Is(err, cluster.ErrNotFound) || errors.Is(err, cluster.ErrExists) || errors.Is(err, cluster.ErrWrongKind)
				if err != nil && !expected {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
}

func writeUserAtRandom(ctx context.Context, node *cluster.Node, random *rand.Rand) (err error) {
	users := cluster.NewMap[user](node, path("users"))
	key, age := fmt.Sprint(random.IntN(8)), random.IntN(100)
	at := users.Ref(key).Path()
	switch random.IntN(24) {
	case 0, 1, 2, 3:
		_, err = users.Set(ctx, key, user{"name", age})
	case 4, 5, 6, 7:
		_, err = users.Insert(ctx, key, user{"new", age})
	case 8, 9, 10, 11:
		_, err = users.Update(ctx, key, birthday)
	case 12, 13:
		_, err = users.Remove(ctx, key)
	case 14:
		_, err = users.Delete(ctx, key)
	case 15, 16:
		_, err = node.Apply(ctx, cluster.Set(at.Child("age"), age), cluster.Set(at.Child("name"), "both"), cluster.Delete(users.Ref("3").Path()))
	case 17:
		_, err = node.Apply(ctx, cluster.Set(at.Child("more").Child("unknown"), age))
	case 18:
		_, err = node.Set(ctx, at.Child("age"), "text")
	case 19:
		_, err = node.Set(ctx, at, []any{nil, "leaf", []any{}}[random.IntN(3)])
	case 20:
		_, err = node.Apply(ctx, cluster.Remove(at), cluster.Insert(at, user{"again", age}))
	case 21:
		_, err = node.Set(ctx, users.Path(), []any{user{"first", age}, user{"second", age}})
	case 22:
		_, err = node.Set(ctx, users.Path(), age)
	default:
		_, err = node.Delete(ctx, users.Path())
	}
	return err
}

// TestWatchOfAMapTellsOnlyWhatHasChanged: one change in a thousand entries is one
// change of the event, with both values.
func TestWatchOfAMapTellsOnlyWhatHasChanged(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		users := cluster.NewMap[user](v.nodes[v.leader()], path("users"))
		many := map[string]user{}
		for i := range 1000 {
			many[fmt.Sprint("user-", i)] = user{"name", i}
		}
		ctx, cancel := context.WithCancel(t.Context())
		before := mirrorOf(ctx, t, users)
		if _, err := v.nodes["a"].Set(within(t, time.Minute), path("users"), many); err != nil {
			t.Fatal(err)
		}
		after := mirrorOf(ctx, t, users)
		change := func(u user) (user, error) { return user{"other", u.Age + 1}, nil }
		if _, err := users.Update(within(t, time.Minute), "user-7", change); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		want := []cluster.MapChange[user]{{Key: "user-7", Old: user{"name", 7}, Was: true, New: user{"other", 8}, Is: true}}
		for m, events := range map[*mirror]int{before: 3, after: 2} {
			<-m.done
			if len(m.events) != events || m.changes != 1001 {
				t.Fatalf("%d events with %d changes", len(m.events), m.changes)
			}
			last := m.events[events-1]
			if !slices.Equal(last.Changes, want) || last.Whole || last.Synced || !m.events[0].Whole || !m.events[0].Synced {
				t.Errorf("the last event: %+v", last.Changes)
			}
		}
	})
}

// TestWatchOfAMapGoesOnFromARevision: it tells what has changed since, and all if the
// node does not remember.
func TestWatchOfAMapGoesOnFromARevision(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		users := cluster.NewMap[user](v.nodes[v.leader()], path("users"))
		for i, key := range []string{"anna", "bert", "carl"} {
			if _, err := users.Insert(within(t, time.Minute), key, user{key, i}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := users.Remove(within(t, time.Minute), "anna"); err != nil {
			t.Fatal(err)
		}
		first := func(options ...cluster.WatchOption) (text string) {
			for event, err := range users.Watch(t.Context(), options...) {
				if err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprintln(event.Revision, event.Whole, event.Reset, event.Changes)
				if event.Synced {
					break
				}
			}
			return text
		}
		if got, want := first(cluster.Since(2)), "4 false false [{anna {anna 0} true { 0} false} {carl { 0} false {carl 2} true}]\n"; got != want {
			t.Errorf("since 2: %s, want %s", got, want)
		}
		want := "3 false false [{carl { 0} false {carl 2} true}]\n4 false false [{anna {anna 0} true { 0} false}]\n4 false false []\n"
		if got := first(cluster.Since(2), cluster.EveryChange()); got != want {
			t.Errorf("every change since 2: %s, want %s", got, want)
		}
		v.stop("a")
		users = cluster.NewMap[user](v.start("a"), path("users"))
		v.leader()
		if _, err := users.Set(within(t, time.Minute), "bert", user{"bert", 7}); err != nil {
			t.Fatal(err)
		}
		if got, want := first(), "5 true false [{bert { 0} false {bert 7} true} {carl { 0} false {carl 2} true}]\n"; got != want {
			t.Errorf("all: %s, want %s", got, want)
		}
	})
}

// TestSlowWatchOfAMapBeginsAnew: the reader of every change falls behind by more than
// the node remembers.
func TestSlowWatchOfAMapBeginsAnew(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		users := cluster.NewMap[user](node, path("users"))
		m := &mirror{t: t, users: map[string]user{}}
		for event, err := range users.Watch(t.Context(), cluster.EveryChange()) {
			if err != nil {
				t.Fatal(err)
			}
			m.apply(event)
			m.compare(event)
			if event.Reset {
				break
			}
			var all sync.WaitGroup
			for w := range 32 {
				all.Go(func() {
					for i := range 300 {
						if _, err := users.Set(within(t, time.Hour), fmt.Sprint(w), user{"name", i}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
		}
		if last := m.events[len(m.events)-1]; !last.Whole || len(last.Changes) != 32 {
			t.Errorf("after a reset: %+v", last.Changes)
		}
	})
}

func TestMapReadsItsEntries(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		users := cluster.NewMap[user](node, path("users"))
		ctx := within(t, time.Minute)
		if n, err := users.Len(); n != 0 || err != nil || len(readAll(t, users, node.Tree())) != 0 {
			t.Errorf("nothing has %d entries, %v", n, err)
		}
		if _, err := users.Set(ctx, "10", user{"ten", 10}); err != nil {
			t.Fatal(err)
		}
		if _, err := node.Set(ctx, path("users", "9"), "no user"); err != nil {
			t.Fatal(err)
		}
		if _, err := users.Insert(ctx, "anna", user{"Anna", 41}); err != nil {
			t.Fatal(err)
		}
		if _, err := users.Insert(ctx, "anna", user{"Anna", 41}); !errors.Is(err, cluster.ErrExists) {
			t.Errorf("a second insert: %v", err)
		}
		var got []string
		for entry, err := range users.All() {
			got = append(got, fmt.Sprint(entry, errors.Is(err, cluster.ErrWrongKind)))
		}
		if want := "[{9 { 0} true 2} true {10 {ten 10} true 1} false {anna {Anna 41} true 3} false]"; fmt.Sprint(got) != want {
			t.Errorf("all: %v, want %s", got, want)
		}
		if n, err := users.Len(); n != 3 || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
		if entry, err := users.Get("anna"); entry.Value != (user{"Anna", 41}) || entry.Revision != 3 || err != nil {
			t.Errorf("anna: %+v, %v", entry, err)
		}
		if entry, err := users.Get("bert"); entry != (cluster.Entry[user]{Key: "bert"}) || err != nil {
			t.Errorf("bert: %+v, %v", entry, err)
		}
		if _, err := users.Update(ctx, "bert", birthday); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("an update of nothing: %v", err)
		}
		for range users.All() {
			break
		}
	})
}

func TestMapCreatesEntriesInOrder(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		users := cluster.NewMap[user](v.nodes[v.leader()], path("users"))
		var created []string
		for i := range 12 {
			key, revision, err := users.Create(within(t, time.Minute), user{"name", i})
			if err != nil || revision != uint64(i+1) {
				t.Fatalf("revision %d, %v", revision, err)
			}
			created = append(created, key)
		}
		var keys []string
		for entry, err := range users.All() {
			if err != nil || entry.Value.Age != len(keys) {
				t.Errorf("%+v, %v", entry, err)
			}
			keys = append(keys, entry.Key)
		}
		if !slices.Equal(keys, created) {
			t.Errorf("created %q, all are %q", created, keys)
		}
	})
}

func TestMapOverWhatIsNoObjectIsAnError(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		users := cluster.NewMap[user](node, path("users"))
		for _, stored := range []any{1, nil, []any{user{"Anna", 41}}} {
			revision, err := node.Set(within(t, time.Minute), path("users"), stored)
			if err != nil {
				t.Fatal(err)
			}
			failures := map[string]error{}
			_, failures["len"] = users.Len()
			for _, err := range users.All() {
				failures["all"] = err
			}
			for event, err := range users.Watch(t.Context()) {
				if err == nil {
					if !event.Whole || len(event.Changes) > 0 {
						t.Errorf("%v has %+v", stored, event)
					}
					break
				}
				failures["watch"] = err
			}
			for call, err := range failures {
				var failed *cluster.Error
				if !errors.Is(err, cluster.ErrWrongKind) || !errors.As(err, &failed) || failed.Revision != revision || !failed.Path.Equal(path("users")) {
					t.Errorf("%s of %v: %v", call, stored, err)
				}
			}
			if len(failures) != 3 {
				t.Errorf("%v gave %v", stored, failures)
			}
		}
	})
}

// TestWatchOfAMapTellsOnceThatItIsNone, and not again when something changes within.
func TestWatchOfAMapTellsOnceThatItIsNone(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		ctx, cancel := context.WithCancel(t.Context())
		m := mirrorOf(ctx, t, cluster.NewMap[user](node, path("users")))
		for _, op := range []cluster.Op{
			cluster.Set(path("users", "0"), user{"Anna", 41}),
			cluster.Set(path("users"), []any{user{"Anna", 41}}),
			cluster.Set(path("users", "0", "age"), 42),
			cluster.Append(path("users"), user{"Bert", 7}),
			cluster.Delete(path("users")),
		} {
			if _, err := node.Apply(within(t, time.Minute), op); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		cancel()
		<-m.done
		if got := describe(m); len(m.wrong) != 1 || len(m.events) != 6 || m.changes != 2 {
			t.Errorf("it saw %s", got)
		}
	})
}

// TestTypedWatchesWithoutValuesDecodeTheirs: OnlyChanges concerns the untyped event.
func TestTypedWatchesWithoutValuesDecodeTheirs(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		users := cluster.NewMap[user](v.nodes[v.leader()], path("users"))
		if _, err := users.Insert(within(t, time.Minute), "anna", user{"Anna", 41}); err != nil {
			t.Fatal(err)
		}
		for event, err := range users.Ref("anna").Watch(t.Context(), cluster.OnlyChanges()) {
			if err != nil || event.Value != (user{"Anna", 41}) || event.Event.Value.Kind() != tree.Null {
				t.Errorf("%+v, %v", event, err)
			}
			break
		}
		m := &mirror{t: t, users: map[string]user{}}
		for event, err := range users.Watch(t.Context(), cluster.OnlyChanges()) {
			if err != nil {
				t.Fatal(err)
			}
			if m.apply(event); len(m.events) == 2 {
				break
			}
			if _, err := users.Set(within(t, time.Minute), "bert", user{"Bert", 7}); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(m.users); got != "map[anna:{Anna 41} bert:{Bert 7}]" {
			t.Errorf("the reader has %s", got)
		}
	})
}
