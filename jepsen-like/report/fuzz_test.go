package report

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// FuzzAHistoryThatIsValidHasAReport: no line of a file makes the rules or the
// report panic.
func FuzzAHistoryThatIsValidHasAReport(f *testing.F) {
	s := aRun()
	s.call(s.events[len(s.events)-1].Time, s.events[len(s.events)-1].Time+1, history.Request{Function: history.Get, Item: "set/s1"}, history.OK, history.Answer{Revision: 3, Found: true})
	for count := range slices.Values([]int{1, 5, len(s.events)}) {
		var lines bytes.Buffer
		for _, event := range s.events[:count] {
			if err := json.NewEncoder(&lines).Encode(event); err != nil {
				f.Fatal(err)
			}
		}
		f.Add(lines.Bytes(), 2)
	}
	f.Add([]byte(`{"index":0,"time_ns":9223372036854775807,"type":"invoke","process":7,"number":1}`), -1)
	f.Fuzz(func(t *testing.T, lines []byte, clients int) {
		r := new(story).record()
		r.Config.Workloads, r.Config.Clients = []string{workload.Every}, clients
		for decoder := json.NewDecoder(bytes.NewReader(lines)); ; {
			var event history.Event
			if decoder.Decode(&event) != nil {
				break
			}
			r.Events = append(r.Events, event)
		}
		if clients > 100 || history.Validate(r.Events) != nil {
			return
		}
		v, err := r.Judge()
		if err != nil {
			t.Fatal(err)
		}
		if err := pageOf(r, v).render(io.Discard); err != nil {
			t.Error(err)
		}
	})
}
