package web

import (
	"bytes"
	"fmt"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// The names of the events that have no result: a client that listens for
// results alone does not see them. That of an event with a result is empty.
const (
	syncedEvent   = "synced"
	progressEvent = "progress"
	errorEvent    = "error"
)

// whole is the data of an event with the result.
type whole struct {
	result
	news
}

// advance is the data of an event that says only what has changed.
type advance struct {
	Revision uint64 `json:"revision"`
	Exists   bool   `json:"exists"`
	news
}

// news is what an event says of the way from the event before.
type news struct {
	// Synced is in the event up to which everything is told that was so when the
	// stream began.
	Synced bool `json:"synced,omitempty"`
	// Reset says that changes may have been missed.
	Reset bool `json:"reset,omitempty"`
	// Reasons say what has made the change.
	Reasons []string `json:"reasons,omitempty"`
	// Expelled is what was removed by no operation on it.
	Expelled []expelled `json:"expelled,omitempty"`
	// Changes say in what the result differs, if the client has asked for it.
	Changes []change `json:"changes,omitempty"`
}

// expelled is an item that was removed by no operation on it.
type expelled struct {
	Path     string `json:"path"`
	Revision uint64 `json:"revision"`
	Reason   string `json:"reason"`
}

// change is a part of the result that differs from that of the event before. A
// part that was not or is not there has no value, which is not a null.
type change struct {
	Path string      `json:"path"`
	Old  *tree.Value `json:"old,omitempty"`
	New  *tree.Value `json:"new,omitempty"`
}

// mark is the data of an event without a result.
type mark struct {
	Revision uint64     `json:"revision"`
	Synced   bool       `json:"synced,omitempty"`
	Expelled []expelled `json:"expelled,omitempty"`
}

// frameOf returns an event as it is sent: with these fields, and the data as a
// single line, as JSON of encode is.
func frameOf(fields string, data any) ([]byte, error) {
	var frame bytes.Buffer
	frame.WriteString(fields + "data: ")
	if err := encode(&frame, data); err != nil {
		return nil, err
	}
	frame.WriteByte('\n')
	return frame.Bytes(), nil
}

// eventField is the field with the name of an event that has one.
func eventField(name string) string { return "event: " + name + "\n" }

// idField is the field of an event that a client may go on from.
func idField(revision uint64) string { return fmt.Sprintf("id: %d\n", revision) }

// teller makes frames of the events of a watch.
type teller struct {
	// resumed says that the client has the result of the revision that the
	// watch goes on from.
	resumed bool
	// deltas, changes and onlyChanges are what the client has asked for.
	deltas, changes, onlyChanges bool
	// begun says that a result was sent.
	begun bool
	// before is the last result that the client has, or nothing.
	before result
}

// frame returns the frame of the next event.
func (t *teller) frame(e cluster.Event) ([]byte, error) {
	before := t.before
	t.before = result{Revision: e.Revision, Result: e.Value, Exists: e.Exists}
	switch {
	case e.Progress:
		return frameOf(eventField(progressEvent)+idField(e.Revision), mark{Revision: e.Revision, Expelled: expelledOf(e)})
	case t.resumed && isOnlySynced(e):
		return frameOf(eventField(syncedEvent)+idField(e.Revision), mark{Revision: e.Revision, Synced: true, Expelled: expelledOf(e)})
	}
	if !t.tellsResult(e) {
		return frameOf(idField(e.Revision), advance{e.Revision, e.Exists, t.news(e)})
	}
	t.begun = true
	now := whole{t.before, t.news(e)}
	if t.deltas && !e.Reset {
		return frameOf(idField(e.Revision), shorter(before, now))
	}
	return frameOf(idField(e.Revision), now)
}

// tellsResult reports whether an event is sent with its result: one of only changes
// is if they do not lead from what the client has.
func (t *teller) tellsResult(e cluster.Event) bool {
	return !t.onlyChanges || e.Reset || !t.resumed && !t.begun
}

// isOnlySynced reports whether an event of a resumed watch says no more than
// that nothing is left to tell.
func isOnlySynced(e cluster.Event) bool {
	return e.Synced && !e.Reset && len(e.Changes()) == 0
}

// news returns what an event says of the way to it.
func (t *teller) news(e cluster.Event) news {
	made := news{Synced: e.Synced, Reset: e.Reset, Reasons: e.Reasons.List(), Expelled: expelledOf(e)}
	if t.changes || t.onlyChanges {
		made.Changes = changesOf(e.Changes())
	}
	return made
}

// expelledOf returns the form of what was expelled, for clients.
func expelledOf(e cluster.Event) []expelled {
	var list []expelled
	for _, gone := range e.Expelled {
		list = append(list, expelled{gone.Path.String(), gone.Revision, gone.Reason.String()})
	}
	return list
}

// changesOf returns the form of deltas for clients.
func changesOf(deltas []tree.Delta) []change {
	var changes []change
	for _, d := range deltas {
		told := change{Path: d.Path.String()}
		if d.Was {
			told.Old = &d.Old
		}
		if d.Is {
			told.New = &d.New
		}
		changes = append(changes, told)
	}
	return changes
}
