package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// sumByTeam keeps, for each team, the sum of the points of its members.
func sumByTeam(sums map[string]int64, e cluster.Event) map[string]int64 {
	if sums == nil {
		sums = map[string]int64{}
	}
	for _, change := range e.Changes() {
		if change.Was {
			add(sums, change.Old, -1)
		}
		if change.Is {
			add(sums, change.New, 1)
		}
	}
	return sums
}

func add(sums map[string]int64, player tree.Value, sign int64) {
	team, _ := player.Get("team")
	points, _ := player.Get("points")
	sums[team.Str()] += sign * points.Int()
}

func TestViewFollowsWhatChanges(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		random := rand.New(rand.NewPCG(1, 1))
		writer, reader := v.nodes[v.leader()], v.nodes[v.follower()]
		query := parseQuery(t, `{"_":"$at","path":"players","query":{"_":{"points":1,"team":1},"keyed":true,"where":{"points":{">":0}}}}`)
		calls := 0
		view := cluster.NewView(reader, query, func(sums map[string]int64, e cluster.Event) map[string]int64 {
			calls++
			return sumByTeam(sums, e)
		})
		defer view.Close()
		want := map[string]int64{}
		for range 50 {
			key, team, points := fmt.Sprint(random.IntN(5)), fmt.Sprint("team", random.IntN(2)), random.IntN(4)
			if _, err := writer.Set(within(t, time.Minute), path("players", key), map[string]any{"team": team, "points": points}); err != nil {
				t.Fatal(err)
			}
			if _, err := reader.ReadAt(within(t, time.Minute), writer.Tree().Revision()); err != nil {
				t.Fatal(err)
			}
			clear(want)
			players, _ := reader.Tree().Get(path("players"))
			for _, player := range players.Value().Members() {
				add(want, player, 1)
			}
			for team, sum := range want {
				if sum == 0 {
					delete(want, team)
				}
			}
			got, revision := view.Get()
			for team, sum := range got {
				if sum == 0 {
					delete(got, team)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || revision != reader.Tree().Revision() {
				t.Fatalf("revision %d: %v, want %v", revision, got, want)
			}
		}
		before := calls
		if view.Get(); calls != before {
			t.Error("it was computed again though nothing has changed")
		}
	})
}

// TestViewThatPanicsGetsTheSameStepAgain, with all that it tells.
func TestViewThatPanicsGetsTheSameStepAgain(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		var steps []string
		fail := false
		view := cluster.NewView(node, tree.Subtree(path("n")), func(_ int64, e cluster.Event) int64 {
			steps = append(steps, fmt.Sprint(e.Revision, e.Reasons, len(e.Changes())))
			if fail {
				panic("once")
			}
			return e.Value.Int()
		})
		set := func(n int) {
			if _, err := node.Set(within(t, time.Minute), path("n"), n); err != nil {
				t.Fatal(err)
			}
		}
		set(1)
		view.Get()
		set(2)
		fail = true
		func() {
			defer func() { _ = recover() }()
			view.Get()
		}()
		fail = false
		state, revision := view.Get()
		want := "[1  1 2 write 1 2 write 1]"
		if got := fmt.Sprint(steps); got != want || state != 2 || revision != 2 {
			t.Errorf("steps %s, want %s; state %d at %d", got, want, state, revision)
		}
	})
}

// TestViewStaysWhileItsQueryLooksAtTooMuch, and goes on when it does no more.
func TestViewStaysWhileItsQueryLooksAtTooMuch(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		links, big := map[string]any{}, map[string]any{}
		for i := range 1100 {
			links[fmt.Sprint(i)], big[fmt.Sprint(i)] = tree.LinkValue(path("big")), i
		}
		set := func(key string, value any) {
			if _, err := node.Apply(within(t, time.Minute), cluster.Delete(path(key)), cluster.Set(path(key), value)); err != nil {
				t.Fatal(err)
			}
		}
		set("links", map[string]any{"0": links["0"]})
		set("big", big)
		view := cluster.NewView(node, parseQuery(t, `{"links":{"_":{"_":1}}}`), func(_ int, e cluster.Event) int {
			lists, _ := e.Value.Get("links")
			return lists.Len()
		})
		defer view.Close()
		get := func() string { return fmt.Sprint(view.Get()) }
		first := get()
		set("links", links)
		tooMuch := get()
		set("big", map[string]any{"a": 1})
		if last := get(); first != "1 2" || tooMuch != first || last != "1100 4" {
			t.Errorf("%q, %q while there is too much, and then %q", first, tooMuch, last)
		}
	})
}
