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
