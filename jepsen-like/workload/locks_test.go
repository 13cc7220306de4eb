package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

func TestLocksWriteWithTheTokensOfPresentAndFormerHolders(t *testing.T) {
	w, source, client := workload.NewLocks(), random(), acknowledge()
	granted, newest := map[string]map[uint64]bool{}, map[string]uint64{}
	present, former, refreshed, released, instances := 0, 0, 0, 0, 0
	for i := range 3000 {
		request := w.Next(source, nodes[i%3])
		switch {
		case request.Held != "" && !granted[request.Held][request.Token]:
			t.Fatalf("%+v has a token that nobody was granted", request)
		case request.Function == history.Put && request.Item == request.Held:
			t.Fatalf("%+v writes to the lock itself", request)
		case request.Function == history.Put && request.Token == newest[request.Held]:
			present++
		case request.Function == history.Put:
			former++
		case request.Function == history.Update && request.Item == request.Held && request.Ends():
			refreshed++
		case request.Function == history.Remove && request.Item == request.Held:
			released++
		}
		if request.Ephemeral > 0 {
			instances++
		}
		kind, answer := w.Run(t.Context(), client, request)
		if request.Function == history.Insert && kind == history.OK {
			if granted[request.Item] == nil {
				granted[request.Item] = map[uint64]bool{}
			}
			granted[request.Item][answer.Revision], newest[request.Item] = true, answer.Revision
		}
	}
	if present < 500 || former < 100 || refreshed < 100 || released < 100 || instances < 100 {
		t.Errorf("%d writes of holders, %d of former ones, %d refreshed, %d released, %d that live with a node",
			present, former, refreshed, released, instances)
	}
}

func TestLocksGiveUpAnAmbiguousItem(t *testing.T) {
	w, source, client := workload.NewLocks(), random(), acknowledge()
	doubts := map[string]int{}
	for i := range 600 {
		request := w.Next(source, nodes[i%3])
		if request.Function != history.Put {
			w.Run(t.Context(), client, request)
			continue
		}
		if doubts[request.Item]++; doubts[request.Item] > 3 {
			t.Fatalf("%s is written though each outcome is unknown", request.Item)
		}
		w.Run(t.Context(), answers(loseAnswer), request)
	}
}
