package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

func TestSessionsReadOnTheNodeThatTheyWriteThrough(t *testing.T) {
	w, source, client := workload.NewSessions(), random(), acknowledge()
	home, seen := map[string]string{}, map[string]uint64{}
	kinds, moves := map[history.Function]int{}, 0
	for i := range 3000 {
		request := w.Next(source, nodes[i%3])
		was, known := home[request.Item]
		switch {
		case request.Linearizable:
			t.Fatalf("%+v asks other nodes", request)
		case !known && request.Function != history.Insert:
			t.Fatalf("%+v before the session has an item", request)
		case known && was != request.Node && request.Function == history.Get:
			moves++
			if request.AtLeast != seen[request.Item] {
				t.Fatalf("%+v after a move from %s, where revision %d was seen", request, was, seen[request.Item])
			}
		}
		kinds[request.Function]++
		_, answer := w.Run(t.Context(), client, request)
		home[request.Item], seen[request.Item] = request.Node, answer.Revision
	}
	if kinds[history.Get] < 1000 || kinds[history.Put] < 500 || kinds[history.Insert] < 100 || moves < 20 {
		t.Errorf("want reads, writes, inserts and some moves: %v, %d moves", kinds, moves)
	}
}

func TestASessionEndsWithAnUnknownOutcome(t *testing.T) {
	w, source, used := workload.NewSessions(), random(), map[string]bool{}
	for range 50 {
		request := w.Next(source, "a")
		if used[request.Item] {
			t.Fatalf("%s goes on after an unknown outcome", request.Item)
		}
		used[request.Item] = true
		w.Run(t.Context(), answers(loseAnswer), request)
	}
}
