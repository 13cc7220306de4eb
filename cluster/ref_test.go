package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// user is what most tests of typed handles keep.
type user struct {
	Name string `json:"name"`
	Age  int    `json:"age"`
}

// TestUpdatesOfARefLoseNothing has all instances add to one field at once, while
// others write beside it.
func TestUpdatesOfARefLoseNothing(t *testing.T) {
	const each = 20
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		if _, err := cluster.NewRef[user](v.nodes["a"], path("anna")).Insert(within(t, time.Minute), user{Name: "Anna"}); err != nil {
			t.Fatal(err)
		}
		v.converged()
		var all sync.WaitGroup
		for id, node := range v.nodes {
			all.Go(func() {
				for range each {
					ref := cluster.NewRef[user](node, path("anna"))
					if _, err := ref.Update(within(t, time.Hour), birthday); err != nil {
						t.Error(err)
					}
				}
			})
			all.Go(func() {
				for i := range each {
					if _, err := node.Set(within(t, time.Hour), path("anna", "seen", id), i); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		v.converged()
		item, _ := v.nodes["b"].Tree().Get(path("anna"))
		want := fmt.Sprintf(`{"age":%d,"name":"Anna","seen":{"a":%[2]d,"b":%[2]d,"c":%[2]d}}`, 3*each, each-1)
		if item.Value().String() != want {
			t.Errorf("%v, want %s", item.Value(), want)
		}
	})
}

func birthday(u user) (user, error) {
	u.Age++
	return u, nil
}

// TestUpdateOfARefIsDecidedWhereItIsApplied: a late instance updates what it still
// sees, or does not see yet.
func TestUpdateOfARefIsDecidedWhereItIsApplied(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, late := v.leader(), v.follower()
		v.net.Delay(leader, late, 300*time.Millisecond)
		here := cluster.NewRef[user](v.nodes[leader], path("anna"))
		there := cluster.NewRef[user](v.nodes[late], path("anna"))
		if _, err := here.Insert(within(t, time.Minute), user{"Anna", 41}); err != nil {
			t.Fatal(err)
		}
		if entry, err := there.Get(); entry.Exists || err != nil {
			t.Fatalf("it is not late: %+v, %v", entry, err)
		}
		if _, err := there.Update(within(t, time.Minute), birthday); err != nil {
			t.Errorf("an update of what this instance did not see: %v", err)
		}
		if _, err := here.Remove(within(t, time.Minute)); err != nil {
			t.Fatal(err)
		}
		if entry, err := there.Get(); entry.Value != (user{"Anna", 42}) || err != nil {
			t.Fatalf("it is not late: %+v, %v", entry, err)
		}
		_, err := there.Update(within(t, time.Minute), birthday)
		var failed *cluster.Error
		if !errors.Is(err, cluster.ErrNotFound) || !errors.As(err, &failed) || failed.Operation != "update" || !failed.Path.Equal(path("anna")) {
			t.Errorf("an update of what is gone: %v", err)
		}
	})
}

// release2 is what a newer release makes of a user.
type release2 struct {
	user
	Mail  string            `json:"mail"`
	Rooms map[string]room2  `json:"rooms"`
	Tags  map[string]string `json:"tags,omitempty"`
}

type room2 struct {
	Floor int  `json:"floor"`
	Quiet bool `json:"quiet"`
}

// release1 knows less of it.
type release1 struct {
	user
	Rooms map[string]struct {
		Floor int `json:"floor"`
	} `json:"rooms"`
}

func TestUpdateKeepsFieldsThatTheTypeDoesNotKnow(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		newer, older := cluster.NewRef[release2](node, path("anna")), cluster.NewRef[release1](node, path("anna"))
		anna := release2{user: user{"Anna", 41}, Mail: "anna@x", Rooms: map[string]room2{"1": {1, true}, "2": {2, true}}}
		if _, err := newer.Set(within(t, time.Minute), anna); err != nil {
			t.Fatal(err)
		}
		_, err := older.Update(within(t, time.Minute), func(u release1) (release1, error) {
			first := u.Rooms["1"]
			first.Floor = 7
			u.Rooms["1"] = first
			delete(u.Rooms, "2")
			u.Age++
			return u, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := release2{user: user{"Anna", 42}, Mail: "anna@x", Rooms: map[string]room2{"1": {7, true}}}
		if entry, err := newer.Get(); !reflect.DeepEqual(entry.Value, want) || err != nil {
			t.Errorf("after an update by an older release: %+v, %v", entry.Value, err)
		}
		if _, err := older.Set(within(t, time.Minute), release1{user: user{"Anna", 43}}); err != nil {
			t.Fatal(err)
		}
		if entry, err := newer.Get(); !reflect.DeepEqual(entry.Value, release2{user: user{"Anna", 43}}) || err != nil {
			t.Errorf("set does not replace: %+v, %v", entry.Value, err)
		}
	})
}

// TestUpdateDropsUnknownFieldsThatHideWhatItWrites: encoding/json reads a field by
// its name in another case, and then does not read what was written.
func TestUpdateDropsUnknownFieldsThatHideWhatItWrites(t *testing.T) {
	type capital struct{ Age int }
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		if _, err := node.Set(within(t, time.Minute), path("anna", "age"), 41); err != nil {
			t.Fatal(err)
		}
		ref := cluster.NewRef[capital](node, path("anna"))
		_, err := ref.Update(within(t, time.Minute), func(c capital) (capital, error) { return capital{c.Age + 1}, nil })
		if entry, got := ref.Get(); err != nil || got != nil || entry.Value.Age != 42 {
			t.Errorf("%+v, %v, %v", entry, err, got)
		}
	})
}

// TestRefReadsWhatItHasWritten, whatever stood there before, and writing it again
// is no change.
func TestRefReadsWhatItHasWritten(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		readsBack(t, node, user{"Anna", 41})
		readsBack(t, node, user{})
		readsBack(t, node, &user{"Anna", 41})
		readsBack[*user](t, node, nil)
		readsBack(t, node, 0)
		readsBack(t, node, int64(1)<<62)
		readsBack(t, node, 3.0)
		readsBack(t, node, "")
		readsBack(t, node, false)
		readsBack(t, node, 5*time.Second)
		readsBack(t, node, time.Unix(1, 0).UTC())
		readsBack(t, node, []byte{0, 255})
		readsBack(t, node, []string{"a", "b"})
		readsBack(t, node, []string{})
		readsBack[[]string](t, node, nil)
		readsBack(t, node, map[string]int{"a": 1})
		readsBack(t, node, map[string]int{})
		readsBack[map[string]int](t, node, nil)
		readsBack(t, node, json.RawMessage(`{"a":[1,2.5]}`))
		readsBack[any](t, node, map[string]any{"a": []any{int64(1), 1.0, nil}})
		readsBack[any](t, node, nil)
		readsBack(t, node, tree.NullValue())
		readsBack(t, node, tree.ArrayValue(tree.IntValue(1), tree.BytesValue([]byte("x"))))
	})
}

func readsBack[T any](t *testing.T, node *cluster.Node, value T) {
	t.Helper()
	ref := cluster.NewRef[T](node, path("box", "value"))
	standing := []any{nil, "leaf", []any{1, map[string]any{"b": 2}}, map[string]any{"a": 1, "z": map[string]any{}}}
	for _, before := range standing {
		if _, err := node.Set(within(t, time.Minute), path("box", "value"), before); err != nil {
			t.Fatal(err)
		}
		written, err := ref.Set(within(t, time.Minute), value)
		entry, got := ref.Get()
		if err != nil || got != nil || !entry.Exists || entry.Key != "value" || !reflect.DeepEqual(entry.Value, value) {
			t.Errorf("%T: %v over %v: reads %+v, %v, %v", value, value, before, entry, err, got)
		}
		if again, err := ref.Set(within(t, time.Minute), value); again != written || err != nil {
			t.Errorf("%T: %v again: revision %d after %d, %v", value, value, again, written, err)
		}
	}
	if _, err := ref.Delete(within(t, time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := ref.Set(within(t, time.Minute), value); err != nil {
		t.Fatal(err)
	}
	if entry, err := ref.Get(); err != nil || !reflect.DeepEqual(entry.Value, value) {
		t.Errorf("%T: %v over nothing: reads %+v, %v", value, value, entry, err)
	}
}

func TestRefTellsMissingFromNull(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		pointer, plain := cluster.NewRef[*user](node, path("x")), cluster.NewRef[user](node, path("x"))
		if entry, err := pointer.Get(); entry != (cluster.Entry[*user]{Key: "x"}) || err != nil {
			t.Errorf("nothing: %+v, %v", entry, err)
		}
		revision, err := pointer.Insert(within(t, time.Minute), nil)
		if err != nil {
			t.Fatal(err)
		}
		if entry, err := pointer.Get(); entry != (cluster.Entry[*user]{Key: "x", Exists: true, Revision: revision}) || err != nil {
			t.Errorf("null: %+v, %v", entry, err)
		}
		if entry, err := plain.Get(); !errors.Is(err, cluster.ErrWrongKind) || !entry.Exists || entry.Value != (user{}) {
			t.Errorf("null as a struct: %+v, %v", entry, err)
		}
	})
}

func TestWrongShapeIsAnError(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		for _, stored := range []any{"text", 1.5, true, nil, []any{1}, map[string]any{"name": "Anna", "age": "41"}} {
			revision, err := node.Set(within(t, time.Minute), path("anna"), stored)
			if err != nil {
				t.Fatal(err)
			}
			ref := cluster.NewRef[user](node, path("anna"))
			entry, err := ref.Get()
			var failed *cluster.Error
			if !errors.Is(err, cluster.ErrWrongKind) || !errors.As(err, &failed) || entry.Value != (user{}) {
				t.Fatalf("%v as a user: %+v, %v", stored, entry, err)
			}
			if failed.Operation != "read" || !failed.Path.Equal(path("anna")) || failed.Revision != revision {
				t.Errorf("the error does not say what and where: %+v", failed)
			}
			if _, err := ref.Update(within(t, time.Minute), birthday); !errors.Is(err, cluster.ErrWrongKind) {
				t.Errorf("an update of %v: %v", stored, err)
			}
		}
		if _, err := node.Set(within(t, time.Minute), path("n"), 1.0); err != nil {
			t.Fatal(err)
		}
		if entry, err := cluster.NewRef[int](node, path("n")).Get(); !errors.Is(err, cluster.ErrWrongKind) {
			t.Errorf("a float as an int: %+v, %v", entry, err)
		}
		if entry, err := cluster.NewRef[*user](node, path("n")).Get(); !errors.Is(err, cluster.ErrWrongKind) || entry.Value != nil {
			t.Errorf("a float as a pointer: %+v, %v", entry, err)
		}
	})
}

func TestRefsTakePartInATransaction(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		from, to := cluster.NewRef[int](node, path("accounts", "a")), cluster.NewRef[int](node, path("accounts", "b"))
		if _, err := from.Set(within(t, time.Minute), 10); err != nil {
			t.Fatal(err)
		}
		move := func(tx *cluster.Tx) error {
			if err := from.UpdateIn(tx, func(n int) (int, error) { return n - 3, nil }); err != nil {
				return err
			}
			had, _, err := to.GetIn(tx)
			if err != nil {
				return err
			}
			return to.SetIn(tx, had+3)
		}
		m := &meanwhile{write: func() {
			if _, err := to.Set(within(t, time.Minute), 100); err != nil {
				t.Error(err)
			}
		}}
		revision, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			err := move(tx)
			m.happens()
			return err
		})
		a, _ := from.Get()
		b, _ := to.GetFrom(node.Tree())
		if err != nil || m.runs != 2 || a.Value != 7 || b.Value != 103 || b.Revision != revision.Revision {
			t.Errorf("%+v and %+v after %d runs: %v", a, b, m.runs, err)
		}
	})
}

func TestWritesOfARefAreMadeUnderConditions(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		ref := cluster.NewRef[user](node, path("anna"))
		ctx, stale := within(t, time.Minute), cluster.Exists(path("lock"))
		if _, err := ref.Insert(ctx, user{"Anna", 41}, stale); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("insert: %v", err)
		}
		if _, err := ref.Set(ctx, user{"Anna", 41}, stale); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("set: %v", err)
		}
		if _, err := ref.Insert(ctx, user{"Anna", 41}); err != nil {
			t.Fatal(err)
		}
		if _, err := ref.Update(ctx, birthday, stale); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("update: %v", err)
		}
		if _, err := ref.Remove(ctx, stale); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("remove: %v", err)
		}
		if _, err := ref.Delete(ctx, stale); !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("delete: %v", err)
		}
		seen, err := ref.Get()
		if err != nil || seen.Value != (user{"Anna", 41}) {
			t.Fatalf("%+v, %v", seen, err)
		}
		if _, err := node.Set(ctx, path("anna", "age"), 42); err != nil {
			t.Fatal(err)
		}
		if _, err := ref.Set(ctx, user{"Anne", 41}, cluster.Unmodified(ref.Path(), seen.Revision)); !errors.Is(err, cluster.ErrConflict) {
			t.Errorf("set of what has changed since: %v", err)
		}
		own := errors.New("own")
		if _, err := ref.Update(ctx, func(user) (user, error) { return user{}, own }); err != own {
			t.Errorf("an error of the function: %v", err)
		}
	})
}

func TestWritesOfARefThatCannotBe(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		_, err := cluster.NewRef[any](node, path("x")).Set(within(t, time.Minute), func() {})
		var failed *cluster.Error
		if !errors.Is(err, cluster.ErrInvalid) || !errors.As(err, &failed) || !failed.Path.Equal(path("x")) {
			t.Errorf("a function: %v", err)
		}
		for _, value := range []any{1, []any{1}, map[string]any{"a": 1}} {
			if _, err := cluster.NewRef[any](node, nil).Set(within(t, time.Minute), value); !errors.Is(err, cluster.ErrInvalid) {
				t.Errorf("%v at the root: %v", value, err)
			}
		}
		if node.Tree().Revision() != 0 {
			t.Errorf("something was written: %v", node.Tree().Root().Value())
		}
	})
}

// TestWatchOfARefGoesOnAfterAWrongShape, and says where it was.
func TestWatchOfARefGoesOnAfterAWrongShape(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node, reader := v.nodes[v.leader()], v.nodes[v.follower()]
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for event, err := range cluster.NewRef[*user](reader, path("anna")).Watch(ctx, cluster.EveryChange()) {
				switch {
				case errors.Is(err, cluster.ErrWrongKind):
					got = append(got, fmt.Sprint(event.Revision, " wrong ", event.Event.Value))
				case err != nil:
					got = append(got, fmt.Sprint(err))
				case event.Value == nil:
					got = append(got, fmt.Sprint(event.Revision, " nil ", event.Exists))
				default:
					got = append(got, fmt.Sprint(event.Revision, " ", *event.Value))
				}
			}
		}()
		synctest.Wait()
		for _, op := range []cluster.Op{
			cluster.Set(path("anna"), user{"Anna", 41}),
			cluster.Set(path("anna", "age"), "old"),
			cluster.Set(path("anna", "age"), 42),
			cluster.Set(path("anna"), nil),
			cluster.Remove(path("anna")),
		} {
			if _, err := node.Apply(within(t, time.Minute), op); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		cancel()
		<-done
		want := `["0 nil false" "1 {Anna 41}" "2 wrong {\"age\":\"old\",\"name\":\"Anna\"}" "3 {Anna 42}" "4 nil true" "5 nil false" "watch anna: context canceled"]`
		if fmt.Sprintf("%q", got) != want {
			t.Errorf("%q\nwant %s", got, want)
		}
	})
}
