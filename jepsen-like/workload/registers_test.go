package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

func TestRegistersConditionsOnWhatWasSeen(t *testing.T) {
	w, source := workload.NewRegisters(), random()
	client := acknowledge()
	newest := map[string]uint64{}
	kinds := map[history.Function]int{}
	for range 1000 {
		request := w.Next(source, "a")
		kinds[request.Function]++
		switch seen := newest[request.Item]; {
		case seen == 0 && request.Function != history.Insert:
			t.Fatalf("%+v before the register was made", request)
		case request.Function == history.Put && request.IfMatch != seen:
			t.Fatalf("%+v, want the condition %d", request, seen)
		case request.Function == history.Get && !request.Linearizable:
			t.Fatalf("%+v is not linearizable", request)
		}
		_, answer := w.Run(t.Context(), client, request)
		newest[request.Item] = max(answer.Revision, answer.Modified)
	}
	if kinds[history.Get] < 300 || kinds[history.Put] < 500 || kinds[history.Insert] < 5 {
		t.Errorf("want reads, conditional writes and some fresh registers: %v", kinds)
	}
}

func TestRegistersLearnsFromAConflict(t *testing.T) {
	w, source := workload.NewRegisters(), random()
	item := ""
	for {
		request := w.Next(source, "a")
		switch {
		case request.Function == history.Insert:
			w.Run(t.Context(), acknowledge(), request)
		case request.Function == history.Put && item == "":
			item = request.Item
			w.Run(t.Context(), refuse(history.Conflict, 40), request)
		case request.Function == history.Put && request.Item == item:
			if request.IfMatch != 40 {
				t.Errorf("after a conflict with revision 40 the condition is %d", request.IfMatch)
			}
			return
		}
	}
}

func TestRegistersGivesUpAnAmbiguousRegister(t *testing.T) {
	w, source := workload.NewRegisters(), random()
	calls := map[string]int{}
	for range 120 {
		request := w.Next(source, "a")
		calls[request.Item]++
		w.Run(t.Context(), answers(loseAnswer), request)
	}
	for item, n := range calls {
		if n > 3 {
			t.Errorf("%s was used %d times though each outcome is unknown", item, n)
		}
	}
}
