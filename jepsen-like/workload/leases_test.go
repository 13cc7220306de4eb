package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

func TestLeasesMakesItemsOfEachKind(t *testing.T) {
	w, source, client := workload.NewLeases(), random(), mortal(12)
	leased, own, kept, refreshed, long := map[string]bool{}, 0, 0, map[string]int{}, 0
	for i := range 3000 {
		request := w.Next(source, nodes[i%3])
		if request.TTL > checker.LeapMost {
			long++
		}
		switch {
		case request.Function == history.Insert && request.TTL > 0:
			leased[request.Item] = true
		case request.Function == history.Insert && request.Ephemeral > 0:
			own++
		case request.Function == history.Insert && leased[request.While]:
			kept++
		case request.Function == history.Insert:
			t.Fatalf("%+v does not end by itself", request)
		case request.TTL > 0:
			refreshed[request.Item]++
		case request.Function == history.Remove && !leased[request.Item]:
			t.Fatalf("%+v removes what is to be removed by something else", request)
		}
		w.Run(t.Context(), client, request)
	}
	if len(leased) < 100 || own < 6 || kept < 20 || len(refreshed) < 20 {
		t.Errorf("%d items with a lease, %d that live with a node, %d with another item, %d refreshed", len(leased), own, kept, len(refreshed))
	}
	if long < 10 {
		t.Errorf("%d leases are longer than what a leap of a clock may take of them: no other shows that it took more", long)
	}
	for item, n := range refreshed {
		if n > 4 {
			t.Errorf("%s was refreshed %d times: it never ends", item, n)
		}
	}
}

// mortal is a client of items that are not found any more after so many answers.
func mortal(answersEach int) answers {
	asked, client := map[string]int{}, acknowledge()
	return func(request history.Request) (history.Kind, history.Answer) {
		if asked[request.Item]++; asked[request.Item] > answersEach {
			return history.Fail, history.Answer{Code: history.NotFound, Revision: 9}
		}
		return client(request)
	}
}

func TestLeasesGivesUpWhatIsGone(t *testing.T) {
	w, source, client := workload.NewLeases(), random(), mortal(1)
	asked := map[string]int{}
	for i := range 1000 {
		request := w.Next(source, nodes[i%3])
		if asked[request.Item]++; asked[request.Item] > 4 {
			t.Fatalf("%s is asked for again and again", request.Item)
		}
		w.Run(t.Context(), client, request)
	}
}

func TestLeasesGivesUpWhatIsUnknown(t *testing.T) {
	w, source, used := workload.NewLeases(), random(), map[string]bool{}
	for range 50 {
		request := w.Next(source, "a")
		if used[request.Item] {
			t.Fatalf("%s goes on after an unknown outcome", request.Item)
		}
		used[request.Item] = true
		w.Run(t.Context(), answers(loseAnswer), request)
	}
}
