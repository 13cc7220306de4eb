package history

import "slices"

// The functions of an Onlooker's events.
const (
	// Looked: the event has a sample of its node.
	Looked Function = "look"
	// Settled: the faults are over, and all nodes were seen ready at one revision.
	// From there on nothing excuses a node.
	Settled Function = "settled"
)

// Sample is what was seen of a node from outside at one moment.
type Sample struct {
	// Role and Term are the node's own words. The role is "leader" for a leader.
	Role string `json:"role,omitempty"`
	Term uint64 `json:"term,omitempty"`
	// TreeRevision and Digest are those of one tree.
	TreeRevision uint64 `json:"tree_revision,omitempty"`
	Digest       string `json:"digest,omitempty"`
	Usage
}

// Usage is what a node takes of its machine. It is all 0 where that cannot be
// told.
type Usage struct {
	// Start counts the starts of the node so far.
	Start int `json:"start,omitempty"`
	// Memory is what of it is in use, in bytes.
	Memory int64 `json:"memory,omitempty"`
	// Files counts open descriptors. Threads stands for goroutines, which cannot
	// be seen from outside: one that blocks in the system has a thread.
	Files   int `json:"files,omitempty"`
	Threads int `json:"threads,omitempty"`
}

// SettledAt returns the event from which on the cluster had recovered from all
// faults, if it has.
func SettledAt(events []Event) (Event, bool) {
	at := slices.IndexFunc(events, func(e Event) bool { return e.Function == Settled })
	if at < 0 {
		return Event{}, false
	}
	return events[at], true
}
