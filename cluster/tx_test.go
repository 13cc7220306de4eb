package cluster_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// TestPathsMayBeBuiltInTheSameMemory: append gives one path after the other the
// same array. What was read and what is to be written must not change with it.
func TestPathsMayBeBuiltInTheSameMemory(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		if _, err := node.Set(within(t, time.Minute), path("from"), map[string]any{"a": 1, "b": 1}); err != nil {
			t.Fatal(err)
		}
		prefix := append(make(tree.Path, 0, 4), "to")
		m := &meanwhile{write: func() {
			if _, err := node.Set(within(t, time.Minute), path("from", "a"), 100); err != nil {
				t.Error(err)
			}
		}}
		_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			from, sum := append(make(tree.Path, 0, 4), "from"), int64(0)
			for _, key := range []string{"a", "b"} {
				n, _ := tx.Get(append(from, key))
				sum += n.Int()
			}
			m.happens()
			for _, key := range []string{"a", "b"} {
				if err := tx.Do(cluster.Set(append(prefix, key), sum)); err != nil {
					return err
				}
			}
			return nil
		})
		if to, _ := node.Tree().Get(path("to")); err != nil || m.runs != 2 || to.Value().String() != `{"a":101,"b":101}` {
			t.Errorf("after %d runs: %v, %v", m.runs, to.Value(), err)
		}
		var ops []cluster.Op
		for _, key := range []string{"a", "b"} {
			ops = append(ops, cluster.Remove(append(prefix, key)).If(cluster.Exists(append(prefix, key))))
		}
		if _, err := node.Apply(within(t, time.Minute), ops...); err != nil {
			t.Error(err)
		}
		if to, _ := node.Tree().Get(path("to")); to.Len() != 0 {
			t.Errorf("there is %v", to.Value())
		}
	})
}

// TestWhatOwnOperationsMoveDependsOnTheWholeArray: after a difference, the first
// element is another one, and which, every element decides.
func TestWhatOwnOperationsMoveDependsOnTheWholeArray(t *testing.T) {
	keys := parseQuery(t, `{"a": {"_": "$key"}}`)
	element := func(i int) tree.Path { return path("a", fmt.Sprint(i)) }
	for name, c := range map[string]struct {
		start []any
		own   cluster.Op
		read  func(tx *cluster.Tx)
		other cluster.Op
	}{
		"a difference, and an element": {[]any{"x", "y", "z"}, cluster.Difference(path("a"), "x"),
			func(tx *cluster.Tx) { tx.Get(element(0)) }, cluster.Set(element(1), "w")},
		"a difference, and the keys": {[]any{"x", "y"}, cluster.Difference(path("a"), "x"),
			func(tx *cluster.Tx) { tx.Keys(path("a")) }, cluster.Set(element(1), "x")},
		"a difference, and a query": {[]any{"x", "y"}, cluster.Difference(path("a"), "x"),
			func(tx *cluster.Tx) { tx.Query(keys) }, cluster.Set(element(1), "x")},
		"a difference, and a refusal": {[]any{"x", "y"}, cluster.Difference(path("a"), "x"),
			func(tx *cluster.Tx) { _ = tx.Do(cluster.Update(element(1), 1)) }, cluster.Set(element(0), "w")},
		"a union, and an element": {[]any{"x"}, cluster.Union(path("a"), "p"),
			func(tx *cluster.Tx) { tx.Get(element(1)) }, cluster.Set(element(0), "p")},
		"an element that was appended": {[]any{"x", "y", "z"}, cluster.Append(path("a"), "p"),
			func(tx *cluster.Tx) { tx.Get(element(3)) }, cluster.Set(path("a"), []any{"x"})},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
				node := v.nodes[v.leader()]
				write := func(op cluster.Op) {
					if _, err := node.Apply(within(t, time.Minute), op); err != nil {
						t.Error(err)
					}
				}
				write(cluster.Set(path("a"), c.start))
				m := &meanwhile{write: func() { write(c.other) }}
				_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
					if err := tx.Do(c.own); err != nil {
						return err
					}
					c.read(tx)
					m.happens()
					return tx.Do(cluster.Set(path("done"), true))
				})
				if err != nil || m.runs != 2 {
					t.Errorf("it ran %d times: %v", m.runs, err)
				}
			})
		})
	}
}

// TestStrongerReadIsNotForgottenForAWeakerOne: the keys alone were read first.
func TestStrongerReadIsNotForgottenForAWeakerOne(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		if _, err := node.Set(within(t, time.Minute), path("a"), map[string]any{"n": 1}); err != nil {
			t.Fatal(err)
		}
		m := &meanwhile{write: func() {
			if _, err := node.Set(within(t, time.Minute), path("a", "n"), 2); err != nil {
				t.Error(err)
			}
		}}
		_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			tx.Keys(path("a"))
			tx.Get(path("a"))
			m.happens()
			return tx.Do(cluster.Set(path("done"), true))
		})
		if err != nil || m.runs != 2 {
			t.Errorf("it ran %d times: %v", m.runs, err)
		}
	})
}

// TestRefusalThatNoOtherWriteHasCausedEndsTheTransaction: running it again would
// never end.
func TestRefusalThatNoOtherWriteHasCausedEndsTheTransaction(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		if _, err := node.Set(within(t, time.Minute), path("queue", fmt.Sprintf("%016d-%04d", 2, 0)), "taken"); err != nil {
			t.Fatal(err)
		}
		runs := 0
		_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			runs++
			return tx.Do(cluster.Set(path("x"), 1), cluster.Create(path("queue"), "job"))
		})
		if !errors.Is(err, cluster.ErrExists) || runs != 1 {
			t.Errorf("after %d runs: %v", runs, err)
		}
		_, err = node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			tx.Query(tree.Subtree(path("\xff")))
			return tx.Do(cluster.Set(path("x"), 1))
		})
		if !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("a query at a path that is not UTF-8: %v", err)
		}
	})
}

// TestConditionThatLooksAtTooMuchIsRefused: every member would have to.
func TestConditionThatLooksAtTooMuchIsRefused(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		v.leader()
		node := v.nodes["a"]
		mustApply(t, node, cluster.Set(path("many"), make([]any, fsm.MaxQueryWork-2)))
		few, many := parseQuery(t, `{"many":{"_":"$count"}}`), parseQuery(t, `{"many":{"_":"$count","where":{"":null}}}`)
		demand := func(q tree.Query) error {
			_, err := node.Set(within(t, time.Minute), path("n"), 1, cluster.Matches(q, map[string]any{"many": fsm.MaxQueryWork - 2}))
			return err
		}
		ask := func(q tree.Query) error {
			_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
				tx.Query(q)
				return tx.Do(cluster.Set(path("n"), 2))
			})
			return err
		}
		for name, use := range map[string]func(tree.Query) error{"a condition": demand, "a transaction": ask} {
			if err := use(few); err != nil {
				t.Errorf("%s that looks at few: %v", name, err)
			}
			if err := use(many); !errors.Is(err, cluster.ErrTooLarge) || !strings.Contains(err.Error(), "262144") {
				t.Errorf("%s that looks at too many: %v", name, err)
			}
		}
	})
}
