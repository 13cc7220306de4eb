package checker

import (
	"fmt"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// What a node may take of its machine. Its tree is in memory, so that memory may
// grow with the revisions; beside that these are bounds for what grows without
// end, far above what a node of a run takes.
const (
	maxMemory         = 256 << 20
	memoryPerRevision = 16 << 10
	maxFiles          = 256
	maxThreads        = 128
)

// How much more a node may take later in its life than before, when it has run for
// warmUp, and then for longer than steady.
const (
	warmUp         = 10 * time.Second
	steady         = 20 * time.Second
	maxMoreMemory  = 64 << 20
	maxMoreFiles   = 48
	maxMoreThreads = 24
)

// Resources checks what the nodes have taken of the machine: never more than a
// bound, and in one life not much more later than before.
func Resources(events []history.Event) []Finding {
	type life struct {
		node  string
		start int
	}
	var findings []Finding
	var order []life
	lives := map[life][]history.Event{}
	for _, event := range events {
		if event.Function != history.Looked {
			continue
		}
		at := life{event.Node, event.Start}
		if len(lives[at]) == 0 {
			order = append(order, at)
		}
		lives[at] = append(lives[at], event)
		if event.Files > maxFiles || event.Threads > maxThreads || event.Memory > memoryAt(maxMemory, event.TreeRevision) {
			findings = append(findings, resourcesFinding(event, "node %s takes too much: %s", event.Node, usageOf(event)))
		}
	}
	for _, at := range order {
		findings = append(findings, growth(lives[at])...)
	}
	return findings
}

// growth compares the first and the last quarter of a life that has warmed up: what
// the last one never falls beneath. Memory may be high for a while, as when many
// streams begin anew or the whole tree is sent, and is given back slowly.
func growth(looks []history.Event) []Finding {
	warm := slices.IndexFunc(looks, func(e history.Event) bool { return e.Time >= looks[0].Time+warmUp })
	if warm < 0 || looks[len(looks)-1].Time < looks[warm].Time+steady {
		return nil
	}
	looks = looks[warm:]
	quarter := max(1, len(looks)/4)
	before, after := looks[:quarter], looks[len(looks)-quarter:]
	revisions := median(after, func(e history.Event) int64 { return int64(e.TreeRevision) }) -
		median(before, func(e history.Event) int64 { return int64(e.TreeRevision) })
	for _, taken := range []struct {
		what string
		of   func(history.Event) int64
		more int64
	}{
		{"memory", func(e history.Event) int64 { return e.Memory }, memoryAt(maxMoreMemory, uint64(max(0, revisions)))},
		{"files", func(e history.Event) int64 { return int64(e.Files) }, maxMoreFiles},
		{"threads", func(e history.Event) int64 { return int64(e.Threads) }, maxMoreThreads},
	} {
		if least(after, taken.of)-median(before, taken.of) > taken.more {
			last := len(looks) - 1
			return []Finding{resourcesFinding(looks[last], "the %s of node %s grow without end: %s, then %s", taken.what, looks[0].Node, usageOf(looks[0]), usageOf(looks[last]))}
		}
	}
	return nil
}

// memoryAt returns a bound of memory for a number of revisions.
func memoryAt(bound int64, revisions uint64) int64 {
	return bound + memoryPerRevision*int64(revisions)
}

func median(events []history.Event, of func(history.Event) int64) int64 {
	var values []int64
	for _, event := range events {
		values = append(values, of(event))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func least(events []history.Event, of func(history.Event) int64) int64 {
	lowest := of(events[0])
	for _, event := range events {
		lowest = min(lowest, of(event))
	}
	return lowest
}

func usageOf(event history.Event) string {
	return fmt.Sprintf("%d MiB, %d files and %d threads at %v and revision %d",
		event.Memory>>20, event.Files, event.Threads, event.Time.Round(time.Millisecond), event.TreeRevision)
}

func resourcesFinding(event history.Event, text string, values ...any) Finding {
	return Finding{Rule: "resources", At: event.Time, Event: event.Index, Text: fmt.Sprintf(text, values...)}
}
