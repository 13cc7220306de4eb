package history_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"example.com/gstate/jepsen-like/history"
)

// lines parses what a recorder has written.
func lines(t *testing.T, text string) []history.Event {
	t.Helper()
	var events []history.Event
	for line := range strings.Lines(text) {
		var event history.Event
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		events = append(events, event)
	}
	return events
}

func TestTheFileHoldsWhatTheRecorderHolds(t *testing.T) {
	var file bytes.Buffer
	recorder := history.NewRecorder(&file)
	request := recorder.Invoke(3, history.Request{
		Workload: "w", Step: 4, Function: history.Update, Node: "b", Item: "users/u1",
		Field: "write", IfMatch: 7, AtLeast: 2, Linearizable: true,
	})
	recorder.Fault("kill", "a", "leader")
	recorder.Complete(3, request, history.Fail, history.Answer{
		Revision: 9, Code: history.Conflict, Found: true, Value: 5, Modified: 8, Detail: "text",
	})
	if err := recorder.Flush(); err != nil {
		t.Fatal(err)
	}
	written, kept := lines(t, file.String()), recorder.Events()
	if len(written) != 3 || fmt.Sprint(written) != fmt.Sprint(kept) {
		t.Errorf("file\n%v\nrecorder\n%v", written, kept)
	}
}

func TestEventsOfManyProcessesGetOneOrder(t *testing.T) {
	var file bytes.Buffer
	recorder := history.NewRecorder(&file)
	var processes sync.WaitGroup
	for process := range 8 {
		processes.Go(func() {
			for range 100 {
				request := recorder.Invoke(process, history.Request{Function: history.Insert})
				recorder.Complete(process, request, history.OK, history.Answer{Revision: 1})
			}
		})
	}
	processes.Wait()
	if err := recorder.Flush(); err != nil {
		t.Fatal(err)
	}
	numbers := map[int64]bool{}
	events := lines(t, file.String())
	for i, event := range events {
		if event.Index != i {
			t.Fatalf("line %d has index %d", i, event.Index)
		}
		if i > 0 && event.Time < events[i-1].Time {
			t.Fatalf("the time goes back at %d", i)
		}
		numbers[event.Number] = true
	}
	if len(events) != 1600 || len(numbers) != 800 || numbers[0] {
		t.Errorf("%d events with %d numbers, want 1600 with 800", len(events), len(numbers))
	}
}

func TestSinceReturnsOnlyWhatIsNew(t *testing.T) {
	recorder := history.NewRecorder(new(bytes.Buffer))
	recorder.Fault("kill", "a", "")
	recorder.Fault("kill", "b", "")
	news := recorder.Since(1)
	recorder.Fault("kill", "c", "")
	if len(news) != 1 || news[0].Node != "b" {
		t.Errorf("since 1: %v", news)
	}
	if rest := recorder.Since(2); len(rest) != 1 || rest[0].Node != "c" {
		t.Errorf("since 2: %v", rest)
	}
}

// full is a file on a full disk.
type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFileThatCannotBeWrittenIsReportedAndTheRunGoesOn(t *testing.T) {
	recorder := history.NewRecorder(full{})
	for range 1000 {
		recorder.Fault("kill", "a", "")
	}
	if err := recorder.Flush(); !errors.Is(err, errFull) {
		t.Errorf("flush: %v, want %v", err, errFull)
	}
	if n := len(recorder.Events()); n != 1000 {
		t.Errorf("%d events are kept, want 1000", n)
	}
}

func TestWhatOnlookersSeeIsInTheFileAndIsNoCall(t *testing.T) {
	var file bytes.Buffer
	recorder := history.NewRecorder(&file)
	request := recorder.Invoke(0, history.Request{Function: history.Get})
	recorder.Look("a", history.Sample{Role: "leader", Term: 3, TreeRevision: 9, Digest: "d", Usage: history.Usage{Start: 2, Memory: 5, Files: 6, Threads: 7}})
	recorder.Open("a", "s", 8)
	recorder.Tell(history.Told, "a", 9, history.Telling{Stream: "s", Result: "{}", Synced: true, Reset: true})
	if _, settled := history.SettledAt(recorder.Events()); settled {
		t.Error("the cluster has recovered before it was said")
	}
	recorder.Settle()
	recorder.Complete(0, request, history.OK, history.Answer{Life: 1})
	if err := recorder.Flush(); err != nil {
		t.Fatal(err)
	}
	written, kept := lines(t, file.String()), recorder.Events()
	if len(written) != 6 || fmt.Sprint(written) != fmt.Sprint(kept) {
		t.Errorf("file\n%v\nrecorder\n%v", written, kept)
	}
	if settled, ok := history.SettledAt(kept); !ok || settled.Index != 4 {
		t.Errorf("the cluster has recovered at %+v, %v", settled, ok)
	}
	calls := history.Calls(kept)
	if len(calls) != 1 || calls[0].Life != 1 || calls[0].Sent != kept[0].Time || calls[0].Answered != kept[5].Time {
		t.Errorf("calls %+v", calls)
	}
}
