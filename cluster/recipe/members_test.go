package recipe_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

func membersOn(t *testing.T, node recipe.Node) *recipe.Members {
	t.Helper()
	return must(recipe.NewMembers(node, tree.Path{"members"}, ttl))(t)
}

// listed returns the directory as text.
func listed(members []recipe.Member) string {
	var text []string
	for _, m := range members {
		text = append(text, fmt.Sprint(m.Name, "=", m.Data))
	}
	return fmt.Sprint(text)
}

// TestDirectoryFollowsItsMembers: joins, updates, leaving, and a crash.
func TestDirectoryFollowsItsMembers(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		watch, stop := context.WithCancel(t.Context())
		var seen []string
		var wg sync.WaitGroup
		leader, followers := v.leader(t), v.followers(t)
		wg.Go(func() {
			for members, err := range membersOn(t, v.nodes[leader]).Watch(watch) {
				if err == nil {
					seen = append(seen, listed(members))
				}
			}
		})
		time.Sleep(time.Second)
		one := must(membersOn(t, v.nodes[followers[0]]).Join(within(t, time.Minute), "one", 1))(t)
		time.Sleep(time.Second)
		two := must(membersOn(t, v.nodes[followers[1]]).Join(within(t, time.Minute), "two", "x"))(t)
		time.Sleep(time.Minute)
		if err := one.Update(within(t, time.Minute), map[string]int{"n": 2}); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		v.stop(followers[1]) // crashes
		if got := listed(must(membersOn(t, v.nodes[leader]).List(within(t, time.Minute)))(t)); got != `[one={"n":2} two="x"]` {
			t.Errorf("listed: %s", got)
		}
		time.Sleep(ttl + time.Second)
		if cause := context.Cause(two.Context()); !errors.Is(cause, cluster.ErrClosed) {
			t.Errorf("with the node closed: %v", cause)
		}
		if err := one.Leave(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		stop()
		wg.Wait()
		if want := []string{`[]`, `[one=1]`, `[one=1 two="x"]`, `[one={"n":2} two="x"]`, `[one={"n":2}]`, `[]`}; !slices.Equal(seen, want) {
			t.Errorf("seen: %q", seen)
		}
	})
}

// TestMemberComesBackAfterAPartition, with the data that it has by then.
func TestMemberComesBackAfterAPartition(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		id, leader := v.followers(t)[0], v.leader(t)
		member := must(membersOn(t, v.nodes[id]).Join(within(t, time.Minute), "one", 1))(t)
		v.net.Isolate(id)
		time.Sleep(3 * ttl)
		if n := children(v.nodes[leader], tree.Path{"members"}); n != 0 {
			t.Errorf("%d are listed", n)
		}
		_ = member.Update(within(t, time.Second), 2)
		v.net.HealAll()
		time.Sleep(ttl)
		if err := member.Update(within(t, time.Minute), 3); err != nil {
			t.Error(err)
		}
		if got := listed(must(membersOn(t, v.nodes[leader]).List(within(t, time.Minute)))(t)); got != "[one=3]" {
			t.Errorf("listed: %s", got)
		}
		_ = member.Leave(within(t, time.Minute))
	})
}

// TestSecondOfANameReplacesTheFirst, as an instance that was started again
// does; the first ends and does not fight.
func TestSecondOfANameReplacesTheFirst(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		first := must(membersOn(t, v.nodes["a"]).Join(within(t, time.Minute), "one", 1))(t)
		second := must(membersOn(t, v.nodes["b"]).Join(within(t, time.Minute), "one", 2))(t)
		time.Sleep(time.Minute)
		if cause := context.Cause(first.Context()); !errors.Is(cause, recipe.ErrReplaced) {
			t.Errorf("the first ended with %v", cause)
		}
		if err := first.Update(within(t, time.Minute), 3); !errors.Is(err, recipe.ErrReplaced) {
			t.Errorf("an update by the first: %v", err)
		}
		if err := first.Leave(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
		if got := listed(must(membersOn(t, v.nodes["c"]).List(within(t, time.Minute)))(t)); got != "[one=2]" {
			t.Errorf("listed: %s", got)
		}
		_ = second.Leave(within(t, time.Minute))
	})
}
