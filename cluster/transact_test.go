package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// TestTransfersKeepTheSum has instances move money between the same few
// accounts at once. No view of any instance may have another sum, or an
// overdrawn account.
func TestTransfersKeepTheSum(t *testing.T) {
	const accounts, each = 4, 100
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader := v.nodes[v.leader()]
		for i := range accounts {
			if _, err := leader.Set(within(t, time.Minute), account(i), each); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var observers, writers sync.WaitGroup
		for _, node := range v.nodes {
			observers.Go(func() {
				for event, err := range node.Watch(ctx, tree.Subtree(path("accounts"))) {
					if err == nil && event.Exists && event.Value.Len() == accounts {
						checkAccounts(t, event.Value, accounts*each)
					}
				}
			})
			for w := range 3 {
				writers.Go(func() { transfers(t, node, rand.New(rand.NewPCG(uint64(w), 1)), accounts) })
			}
		}
		writers.Wait()
		stop()
		observers.Wait()
		v.converged()
		final, _ := leader.Tree().Get(path("accounts"))
		checkAccounts(t, final.Value(), accounts*each)
		if made := leader.Tree().Revision() - accounts; made < 50 {
			t.Errorf("%d transfers were made: too few", made)
		}
	})
}

func account(i int) tree.Path { return path("accounts", fmt.Sprint(i)) }

var errTooLittle = errors.New("too little on the account")

// transfers makes twenty transfers, as far as there is enough.
func transfers(t *testing.T, node *cluster.Node, random *rand.Rand, accounts int) {
	for range 20 {
		from, to, amount := random.IntN(accounts), random.IntN(accounts), random.Int64N(60)
		_, err := node.Transact(within(t, time.Hour), func(tx *cluster.Tx) error {
			has, _ := tx.Get(account(from))
			if has.Int() < amount {
				return errTooLittle
			}
			return tx.Do(cluster.Set(account(from), has.Int()-amount), cluster.Add(account(to), amount))
		})
		if err != nil && !errors.Is(err, errTooLittle) {
			t.Error(err)
		}
	}
}

func checkAccounts(t *testing.T, accounts tree.Value, want int64) {
	t.Helper()
	sum := int64(0)
	for _, account := range accounts.Elements() {
		sum += account.Int()
		if account.Int() < 0 {
			t.Errorf("an account is overdrawn: %v", accounts)
		}
	}
	for _, account := range accounts.Members() {
		sum += account.Int()
		if account.Int() < 0 {
			t.Errorf("an account is overdrawn: %v", accounts)
		}
	}
	if sum != want {
		t.Errorf("the sum is %d, want %d: %v", sum, want, accounts)
	}
}

// meanwhile makes a write through another node when the transaction has read,
// the first time it runs, and counts the runs.
type meanwhile struct {
	runs  int
	write func()
}

func (m *meanwhile) happens() {
	if m.runs++; m.runs == 1 {
		m.write()
	}
}

// TestTransactionRunsAgainWhenWhatItReadHasChanged: the write of another comes
// between the reading and the commit. What the transaction did not read does
// not disturb it.
func TestTransactionRunsAgainWhenWhatItReadHasChanged(t *testing.T) {
	keys := parseQuery(t, `{"duty": {"_": "$key"}}`)
	cases := map[string]struct {
		read  func(tx *cluster.Tx)
		other cluster.Op
		runs  int
	}{
		"an item": {
			func(tx *cluster.Tx) { tx.Get(path("n")) }, cluster.Set(path("n"), 2), 2},
		"something beneath an item": {
			func(tx *cluster.Tx) { tx.Get(path("duty")) }, cluster.Set(path("duty", "anna", "on"), false), 2},
		"an item that was not there": {
			func(tx *cluster.Tx) { tx.Get(path("none")) }, cluster.Insert(path("none"), 1), 2},
		"an item that is no longer there": {
			func(tx *cluster.Tx) { tx.Get(path("n")) }, cluster.Remove(path("n")), 2},
		"a list of keys that has grown": {
			func(tx *cluster.Tx) { tx.Keys(path("duty")) }, cluster.Insert(path("duty", "carl"), 1), 2},
		"a query with a phantom": {
			func(tx *cluster.Tx) { tx.Query(keys) }, cluster.Insert(path("duty", "carl"), 1), 2},
		"what a refused operation met": {
			func(tx *cluster.Tx) { _ = tx.Do(cluster.Insert(path("n"), 1)) }, cluster.Remove(path("n")), 2},
		"what a condition looked at": {
			func(tx *cluster.Tx) {
				_ = tx.Do(cluster.Set(path("x"), 1).If(cluster.Exists(path("n"))))
			}, cluster.Remove(path("n")), 2},
		"an item beside it": {
			func(tx *cluster.Tx) { tx.Get(path("n")) }, cluster.Set(path("m"), 2), 1},
		"what a child holds, when only keys were read": {
			func(tx *cluster.Tx) { tx.Keys(path("duty")) }, cluster.Set(path("duty", "anna", "on"), false), 1},
		"what a query does not see": {
			func(tx *cluster.Tx) { tx.Query(keys) }, cluster.Set(path("duty", "anna", "on"), false), 1},
		"nothing, as it has read nothing": {
			func(tx *cluster.Tx) {}, cluster.Set(path("n"), 2), 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				node, other := v.nodes[v.follower()], v.nodes[v.leader()]
				start := map[string]any{"n": 1, "m": 1, "duty": map[string]any{"anna": map[string]any{"on": true}, "bert": map[string]any{"on": true}}}
				if _, err := node.Set(within(t, time.Minute), nil, start); err != nil {
					t.Fatal(err)
				}
				m := &meanwhile{write: func() {
					if _, err := other.Apply(within(t, time.Minute), c.other); err != nil {
						t.Error(err)
					}
				}}
				_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
					c.read(tx)
					m.happens()
					return tx.Do(cluster.Set(path("done"), true))
				})
				if err != nil || m.runs != c.runs {
					t.Errorf("it ran %d times, want %d: %v", m.runs, c.runs, err)
				}
				v.converged()
			})
		})
	}
}

// TestTwoDoNotBothGoOffDuty is the write skew: each sees the other on duty, and
// goes. Snapshots alone would let both.
func TestTwoDoNotBothGoOffDuty(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		if _, err := v.nodes["a"].Set(within(t, time.Minute), path("duty"), map[string]any{"anna": true, "bert": true}); err != nil {
			t.Fatal(err)
		}
		v.converged()
		var both sync.WaitGroup
		errLast := errors.New("the last one stays")
		for name, node := range map[string]*cluster.Node{"anna": v.nodes["a"], "bert": v.nodes["b"]} {
			both.Go(func() {
				_, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
					if duty, _ := tx.Get(path("duty")); duty.Len() < 2 {
						return errLast
					}
					return tx.Do(cluster.Remove(path("duty", name)))
				})
				if err != nil && !errors.Is(err, errLast) {
					t.Error(err)
				}
			})
		}
		both.Wait()
		v.converged()
		if duty, _ := v.nodes["a"].Tree().Get(path("duty")); duty.Len() != 1 {
			t.Errorf("%d are on duty", duty.Len())
		}
	})
}

// TestTransactionDoesNotJudgeByAnOldState: an instance that hears late of what
// others do must not report what it still sees, neither as an error nor as a
// result.
func TestTransactionDoesNotJudgeByAnOldState(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, late := v.leader(), v.follower()
		v.net.Delay(leader, late, 300*time.Millisecond)
		inserted, err := v.nodes[leader].Insert(within(t, time.Minute), path("users", "anna"), 41)
		if err != nil {
			t.Fatal(err)
		}
		if _, sees := v.nodes[late].Tree().Get(path("users", "anna")); sees {
			t.Fatal("it is not late: the test tests nothing")
		}
		var seen []bool
		_, err = v.nodes[late].Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			_, sees := tx.Get(path("users", "anna"))
			seen = append(seen, sees)
			if !sees {
				return errors.New("there is no anna")
			}
			return nil
		})
		if err != nil || fmt.Sprint(seen) != "[false true]" {
			t.Errorf("it saw anna: %v, and ended with %v", seen, err)
		}
		removed, err := v.nodes[leader].Remove(within(t, time.Minute), path("users", "anna"))
		if err != nil || v.nodes[late].Tree().Revision() >= removed {
			t.Fatalf("removed by %d, %v", removed, err)
		}
		result, err := v.nodes[late].Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			return tx.Do(cluster.Update(path("users", "anna"), 42))
		})
		if !errors.Is(err, cluster.ErrNotFound) {
			t.Errorf("an update of what is gone: %+v, %v; inserted by %d", result, err, inserted)
		}
	})
}

func TestTransactionSeesItsOwnOperations(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		result, err := node.Transact(within(t, time.Minute), func(tx *cluster.Tx) error {
			if tx.Revision() != 0 || len(tx.Keys(nil)) != 0 {
				t.Errorf("it begins at revision %d with %q", tx.Revision(), tx.Keys(nil))
			}
			if err := tx.Do(cluster.Insert(path("a"), []any{1}), cluster.Append(path("a"), 2), cluster.Add(path("n"), 5)); err != nil {
				return err
			}
			if a, _ := tx.Get(path("a")); a.String() != "[1,2]" {
				t.Errorf("it sees %v", a)
			}
			if err := tx.Do(cluster.Set(path("b"), 1), cluster.Insert(path("a"), 9)); !errors.Is(err, cluster.ErrExists) {
				t.Errorf("an insert of its own item again: %v", err)
			}
			if keys := fmt.Sprint(tx.Keys(nil)); keys != "[a b n]" {
				t.Errorf("it sees the keys %s", keys)
			}
			if result, _ := tx.Query(parseQuery(t, `{"a": {"_": "$key"}}`)); result.String() != `{"a":["0","1"]}` {
				t.Errorf("its query gives %v", result)
			}
			return tx.Do(cluster.Set(path("c"), 1).If(cluster.Equals(path("n"), 5)))
		})
		if err != nil || result.Revision != 1 || result.Value(1).Int() != 1 || result.Value(2).Int() != 5 || result.Value(9).Kind() != tree.Null {
			t.Errorf("result %+v, %v", result, err)
		}
		if got := node.Tree().Root().Value().String(); got != `{"a":[1,2],"b":1,"c":1,"n":5}` {
			t.Errorf("the tree is %s", got)
		}
	})
}

func TestTransactionThatCannotBeMade(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		own := errors.New("own")
		cases := map[string]struct {
			run  func(tx *cluster.Tx) error
			want error
		}{
			"its own error":      {func(tx *cluster.Tx) error { _ = tx.Do(cluster.Set(path("a"), 1)); return own }, own},
			"an invalid path":    {func(tx *cluster.Tx) error { tx.Get(path("\xff")); return nil }, cluster.ErrInvalid},
			"an invalid value":   {func(tx *cluster.Tx) error { return tx.Do(cluster.Set(path("a"), func() {})) }, cluster.ErrInvalid},
			"the wrong kind":     {func(tx *cluster.Tx) error { return tx.Do(cluster.Set(path("a"), "x"), cluster.Add(path("a"), 1)) }, cluster.ErrWrongKind},
			"a failed condition": {func(tx *cluster.Tx) error { return tx.Do(cluster.Set(path("a"), 1).If(cluster.Equals(nil, 1))) }, cluster.ErrConflict},
			"too many reads": {func(tx *cluster.Tx) error {
				for i := range 5000 {
					tx.Get(path("a", fmt.Sprint(i)))
				}
				return tx.Do(cluster.Set(path("a"), 1))
			}, cluster.ErrTooLarge},
			"too large": {func(tx *cluster.Tx) error {
				for i := range 5 {
					if err := tx.Do(cluster.Set(path("a", fmt.Sprint(i)), strings.Repeat("x", tree.MaxValueBytes))); err != nil {
						return err
					}
				}
				return nil
			}, cluster.ErrTooLarge},
		}
		for name, c := range cases {
			result, err := node.Transact(within(t, time.Minute), c.run)
			if !errors.Is(err, c.want) || result.Revision != 0 {
				t.Errorf("%s: %+v, %v, want %v", name, result, err, c.want)
			}
		}
		if node.Tree().Revision() != 0 {
			t.Errorf("something was made: %v", node.Tree().Root().Value())
		}
		if result, err := node.Transact(within(t, time.Minute), func(*cluster.Tx) error { return nil }); err != nil || result.Revision != 0 {
			t.Errorf("one that does nothing: %+v, %v", result, err)
		}
	})
}

// TestTransactionWhoseContextEndsBetweenTriesIsNotMade: each run finds another
// write in its way.
func TestTransactionWhoseContextEndsBetweenTriesIsNotMade(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		runs := 0
		_, err := node.Transact(within(t, time.Second), func(tx *cluster.Tx) error {
			runs++
			tx.Get(path("n"))
			if _, err := node.Set(within(t, time.Minute), path("n"), runs); err != nil {
				t.Error(err)
			}
			return tx.Do(cluster.Set(path("made"), true))
		})
		if !errors.Is(err, cluster.ErrConflict) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, cluster.ErrOutcomeUnknown) || runs < 5 {
			t.Errorf("after %d runs: %v", runs, err)
		}
		if _, made := node.Tree().Get(path("made")); made {
			t.Error("it was made")
		}
	})
}

// TestAdditionsFromAllInstancesAddUp needs no condition and no retry.
func TestAdditionsFromAllInstancesAddUp(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		v.leader()
		var all sync.WaitGroup
		var mu sync.Mutex
		sums := map[int64]bool{}
		for _, node := range v.nodes {
			for range 5 {
				all.Go(func() {
					for range 20 {
						result, err := node.Apply(within(t, time.Minute), cluster.Add(path("n"), 1))
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						sums[result.Value(0).Int()] = true
						mu.Unlock()
					}
				})
			}
		}
		all.Wait()
		v.converged()
		if n, _ := v.nodes["a"].Tree().Get(path("n")); n.Value().Int() != 300 || len(sums) != 300 {
			t.Errorf("300 additions made %v, and gave %d different sums", n.Value(), len(sums))
		}
	})
}

func TestDecideMakesOneOfTwoWays(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.follower()]
		take := cluster.Transaction{
			If:   []cluster.Condition{cluster.Equals(path("stock"), 1)},
			Then: []cluster.Op{cluster.Add(path("stock"), -1), cluster.Append(path("sold"), "x")},
			Else: []cluster.Op{cluster.Append(path("waiting"), "x")},
		}
		if _, err := node.Set(within(t, time.Minute), path("stock"), 1); err != nil {
			t.Fatal(err)
		}
		first, err := node.Decide(within(t, time.Minute), take)
		if err != nil || first.Else || first.Value(0).Int() != 0 || first.Value(1).Kind() != tree.Int {
			t.Errorf("the first: %+v, %v", first, err)
		}
		second, err := node.Decide(within(t, time.Minute), take)
		if err != nil || !second.Else || second.Revision != 3 {
			t.Errorf("the second: %+v, %v", second, err)
		}
		take.Else = nil
		if _, err := node.Decide(within(t, time.Minute), take); !errors.Is(err, cluster.ErrConflict) {
			t.Errorf("without another way: %v", err)
		}
		take.Else = []cluster.Op{cluster.Set(path("x"), 1).If(cluster.Exists(path("y")))}
		if _, err := node.Decide(within(t, time.Minute), take); !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("a condition in the other way: %v", err)
		}
		question := cluster.Transaction{If: []cluster.Condition{cluster.Exists(path("stock"))}}
		if result, err := node.Decide(within(t, time.Minute), question); err != nil || result.Revision != 3 {
			t.Errorf("a question: %+v, %v", result, err)
		}
	})
}

// TestTryTellsWhatDecideWouldDo compares the two for each kind of operation and
// condition.
func TestTryTellsWhatDecideWouldDo(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		query := parseQuery(t, `{"_": "$key"}`)
		then := func(ops ...cluster.Op) cluster.Transaction { return cluster.Transaction{Then: ops} }
		for i, transaction := range []cluster.Transaction{
			then(cluster.Set(path("o"), map[string]any{"n": 1, "list": []any{1, 2}})),
			then(cluster.Insert(path("o"), 1)),
			then(cluster.Update(path("none"), 1)),
			then(cluster.Replace(path("o", "n"), 2.5), cluster.Min(path("o", "n"), 2), cluster.Max(path("new"), 7)),
			then(cluster.Union(path("o", "list"), 2, "x"), cluster.Difference(path("o", "list"), 1)),
			then(cluster.Create(path("queue"), "job"), cluster.Create(path("queue"), "job")),
			then(cluster.Add(path("o"), 1)),
			then(cluster.Set(path("a"), 1).If(cluster.Matches(query, []string{"new", "o", "queue"}))),
			then(cluster.Set(path("a"), 2).If(cluster.Matches(query, []string{"new"}))),
			then(cluster.Set(path("a"), 3).If(cluster.ItemUnmodified(path("o"), 1), cluster.Unmodified(path("o"), 1))),
			then(cluster.Set(path("a"), 4).If(cluster.Held(path("o"), 1))),
			then(cluster.Set(path("a"), 5).If(cluster.Held(path("o"), 2))),
			then(cluster.Delete(path("a")), cluster.Delete(path("a")), cluster.Remove(path("o"))),
			{If: []cluster.Condition{cluster.Missing(path("queue"))}, Else: []cluster.Op{cluster.Set(path("else"), 1)}},
			then(cluster.Set(path("a", "#"), 1)),
		} {
			tried, expected, wantErr := transaction.Try(node.Tree())
			result, err := node.Decide(within(t, time.Minute), transaction)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || !sameOutcome(result, expected) {
				t.Errorf("%d: tried %+v, %v; decided %+v, %v", i, expected, wantErr, result, err)
			}
			if tried.Digest() != node.Tree().Digest() {
				t.Errorf("%d: the trees differ", i)
			}
		}
	})
}

func sameOutcome(a, b cluster.Result) bool {
	for place := range 3 {
		if !a.Value(place).Equal(b.Value(place)) {
			return false
		}
	}
	return a.Revision == b.Revision && a.Else == b.Else
}
