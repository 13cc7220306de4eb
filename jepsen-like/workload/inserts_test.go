package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

func TestInsertsMakesEachItemOnceButForDuplicates(t *testing.T) {
	w, source, client := workload.NewInserts(), random(), acknowledge()
	made, duplicates := map[string]bool{}, 0
	for range 5000 {
		request := w.Next(source, "a")
		if request.Function == history.Get {
			continue
		}
		if request.Function != history.Insert {
			t.Fatalf("not an insert: %+v", request)
		}
		if made[request.Item] {
			duplicates++
			w.Run(t.Context(), refuse(history.Exists, 1), request)
			continue
		}
		made[request.Item] = true
		w.Run(t.Context(), client, request)
	}
	if duplicates < 400 || duplicates > 600 {
		t.Errorf("%d of 5000 inserts were duplicates, want about one in ten", duplicates)
	}
}

func TestInsertsTriesAgainOnlyWhatWasAcknowledged(t *testing.T) {
	w, source := workload.NewInserts(), random()
	for i, client := range []answers{loseAnswer, refuse("no_leader", 0), refuse(history.Exists, 3)} {
		made := map[string]bool{}
		for range 200 {
			request := w.Next(source, "a")
			if request.Function == history.Insert && made[request.Item] {
				t.Fatalf("client %d: %s is tried again, though it was not acknowledged", i, request.Item)
			}
			made[request.Item] = true
			w.Run(t.Context(), client, request)
		}
	}
}
