package checker

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Sessions checks what the local reads of a node show, as long as it is not
// started anew: nothing older than what it has shown before, nor than a write
// that was acknowledged through it. So a client that stays with a node sees time
// go forward, and its own writes.
func Sessions(calls []history.Call) []Finding {
	type life struct {
		node  string
		start int
	}
	newest, known := map[life]floor{}, map[int64]floor{}
	for _, end := range ends(calls) {
		at := life{end.call.Node, end.call.Life}
		switch {
		case end.invoked:
			known[end.call.Number] = newest[at]
		case end.call.Kind == history.OK && end.call.Revision > newest[at].revision:
			newest[at] = floor{end.call.Revision, *end.call}
		}
	}
	var findings []Finding
	for _, call := range calls {
		before := known[call.Number]
		if isLocalRead(call) && call.Life > 0 && call.Revision < before.revision {
			findings = append(findings, Finding{
				Rule: "sessions", Calls: []history.Call{before.by, call},
				Text: fmt.Sprintf("a read of node %s shows revision %d, after it has shown revision %d", call.Node, call.Revision, before.revision),
			})
		}
	}
	return findings
}

func isLocalRead(call history.Call) bool {
	return call.Kind == history.OK && call.Function == history.Get && !call.Linearizable
}

// StaleMax is by how much a local read may be behind when there are no faults. A
// follower hears of each write in some milliseconds; the rest is for a machine
// that is busy with other things.
const StaleMax = 3 * time.Second

// Staleness checks how far local reads are behind that were sent when the cluster
// had been without faults for StaleMax: none may be older than that. settled is
// when the faults were over.
func Staleness(calls []history.Call, settled time.Duration) []Finding {
	var findings []Finding
	for _, read := range localReads(calls, settled+StaleMax) {
		if read.behind > StaleMax {
			findings = append(findings, Finding{
				Rule: "staleness", Calls: []history.Call{read.newer, read.call},
				Text: fmt.Sprintf("a read of node %s is %v behind, %v are allowed", read.call.Node, read.behind, StaleMax),
			})
		}
	}
	return findings
}

// Stalest returns by how much the local reads after settled were behind at most.
func Stalest(calls []history.Call, settled time.Duration) time.Duration {
	most := time.Duration(0)
	for _, read := range localReads(calls, settled) {
		most = max(most, read.behind)
	}
	return most
}

// localRead is a read, and for how long it had been known when it was sent that
// there is something newer. newer is what had shown that first.
type localRead struct {
	call, newer history.Call
	behind      time.Duration
}

func localReads(calls []history.Call, since time.Duration) (reads []localRead) {
	news := firstShown(calls)
	for _, call := range calls {
		if !isLocalRead(call) || call.Sent < since {
			continue
		}
		read := localRead{call: call}
		if i := sort.Search(len(news), func(i int) bool { return news[i].Revision > call.Revision }); i < len(news) {
			read.newer, read.behind = news[i], max(0, call.Sent-news[i].Answered)
		}
		reads = append(reads, read)
	}
	return reads
}

// firstShown returns the calls that showed a greater revision than all that had
// been answered before.
func firstShown(calls []history.Call) (news []history.Call) {
	for _, end := range ends(calls) {
		if !end.invoked && (len(news) == 0 || end.call.Revision > news[len(news)-1].Revision) {
			news = append(news, *end.call)
		}
	}
	return slices.Clip(news)
}
