package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// maxGoneRows is how many rows tell why items went: enough for a few, and never
// so many that they hide the result.
const maxGoneRows = 3

// rowKind says what a row of the view is, for its colour.
type rowKind uint8

// The kinds of rows.
const (
	rowStatus  rowKind = iota // what is watched, and how it goes
	rowGone                   // why an item went
	rowSame                   // a line of the result
	rowNew                    // one that the result before did not have
	rowRemoved                // one that the result before had
	rowMore                   // what there was no room for
)

// marks stand before the text of a row, and tell its kind without colours.
var marks = [...]string{rowGone: "! ", rowSame: "  ", rowNew: "+ ", rowRemoved: "- ", rowMore: "  "}

// row is one line of the view.
type row struct {
	kind rowKind
	text string
}

// liveView is what there is to see. Its zero value has no result yet.
type liveView struct {
	// subject is what is watched, in the user's words.
	subject string
	// node is where results come from, empty if from nowhere now.
	node string
	// revision is that of the last result, and since when it came; zero before
	// the first.
	revision uint64
	since    time.Time
	// lines are those of the last result, and body has those of the one before
	// that are gone too.
	lines []string
	body  []row
	// step says how the last result came about, as far as that is known.
	step string
	// gone is what was removed by no write to it since the result before.
	gone []expelled
}

// update makes an event the last result.
func (v *liveView) update(event answer, at time.Time) {
	before := v.lines
	v.lines = outline(event)
	if v.since.IsZero() {
		before = v.lines
	}
	v.body = compareLines(before, v.lines)
	v.revision, v.since, v.step, v.gone = event.Revision, at, stepOf(event), event.Expelled
}

// stepOf says how the result of an event came about.
func stepOf(event answer) string {
	switch {
	case event.Reset:
		return " (" + missedText + ")"
	case len(event.Reasons) > 0:
		return " (" + strings.Join(event.Reasons, ", ") + ")"
	}
	return ""
}

// compareLines returns the lines as they are now, and before each place that
// has changed those that stood there.
func compareLines(before, now []string) []row {
	rows := make([]row, 0, len(now))
	add := func(kind rowKind, lines []string) {
		for _, line := range lines {
			rows = append(rows, row{kind, line})
		}
	}
	at := 0
	for _, change := range lcs.DiffLines(before, now) {
		add(rowSame, now[at:change.ReplStart])
		add(rowRemoved, before[change.Start:change.End])
		add(rowNew, now[change.ReplStart:change.ReplEnd])
		at = change.ReplEnd
	}
	add(rowSame, now[at:])
	return rows
}

// rows returns what a terminal shows that has room for so many columns and
// rows: with their marks, and each within the width. There is always one.
func (v *liveView) rows(width, height int, now time.Time) []row {
	rows := append([]row{{rowStatus, v.status(now)}}, v.goneRows()...)
	rows = append(rows, cutBody(v.body, height-len(rows))...)
	rows = rows[:max(min(len(rows), height), 1)]
	for i, r := range rows {
		rows[i].text = fitted(marks[r.kind]+r.text, width)
	}
	return rows
}

// status is the first row.
func (v *liveView) status(now time.Time) string {
	node := "no node"
	if v.node != "" {
		node = v.node
	}
	subject := cmp.Or(v.subject, "the root")
	if v.since.IsZero() {
		return fmt.Sprintf("%s: waiting for the first result, from %s", subject, node)
	}
	unchanged := max(now.Sub(v.since), 0).Truncate(time.Second)
	return fmt.Sprintf("%s: revision %d%s, unchanged for %v, from %s", subject, v.revision, v.step, unchanged, node)
}

// goneRows tell why items went.
func (v *liveView) goneRows() []row {
	var rows []row
	for i, gone := range v.gone {
		if i == maxGoneRows-1 && len(v.gone) > maxGoneRows {
			return append(rows, row{rowGone, fmt.Sprintf("and %d more went", len(v.gone)-i)})
		}
		rows = append(rows, row{rowGone, gone.String()})
	}
	return rows
}

// cutBody returns what fits into so many rows, the last of which tells how much
// does not.
func cutBody(body []row, height int) []row {
	if len(body) <= height {
		return body
	}
	fit := max(height-1, 0)
	hidden, changed := body[fit:], 0
	for _, r := range hidden {
		if r.kind != rowSame {
			changed++
		}
	}
	more := fmt.Sprintf("… %d more lines", len(hidden))
	if changed > 0 {
		more += fmt.Sprintf(", %d of them changed", changed)
	}
	return append(body[:fit:fit], row{rowMore, more})
}
