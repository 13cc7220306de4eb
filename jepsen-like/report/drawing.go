package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
)

const (
	// drawnPerRule is how many findings of one rule are drawn: one cause often
	// breaks a rule on every item.
	drawnPerRule = 3
	// drawnCalls is how many calls of a finding are drawn, the last ones.
	drawnCalls = 12
	// before is how long before the decisive call faults are of interest.
	before = 3 * time.Second
	// beside is how much time before and after the calls is shown.
	beside = 10 * time.Millisecond
	// colours is how many the page has for faults.
	colours = 8
)

// drawing is a finding with its counter-example on a time axis of its own.
type drawing struct {
	ID      string
	Finding checker.Finding
	Promise string
	// Again says that there is another one of the same rule before.
	Again bool
	// At is when it shows, and When the same for people.
	At   time.Duration
	When string
	// Around says which faults went on then.
	Around string
	// Earlier is how many calls are not drawn.
	Earlier int
	Faults  []drawnFault
	Calls   []drawnCall
	Ticks   []tick
}

// span is a part of the axis, in percent of its width.
type span struct{ Left, Width float64 }

type drawnFault struct {
	span
	Fault Fault
	// Colour is the number of the colour of its name.
	Colour int
}

type drawnCall struct {
	span
	Who, Asked, Answered, When string
	// Kind is that of the call, or "end" for what was read back after the run.
	Kind history.Kind
	// Decisive marks the one that cannot be explained.
	Decisive bool
}

// artist draws the findings of one run.
type artist struct {
	record     harness.Record
	operations map[int64]operation
	faults     []Fault
	colours    map[string]int
	end        time.Duration
}

// draw returns the drawings of the first findings of each rule.
func (a artist) draw(findings []checker.Finding) []drawing {
	var drawings []drawing
	count := map[string]int{}
	for _, finding := range findings {
		if count[finding.Rule]++; count[finding.Rule] <= drawnPerRule {
			d := a.drawOne(finding)
			d.ID = fmt.Sprintf("finding-%d", len(drawings)+1)
			d.Again = count[finding.Rule] > 1
			drawings = append(drawings, d)
		}
	}
	return drawings
}

func (a artist) drawOne(finding checker.Finding) drawing {
	d := drawing{
		Finding: finding,
		Promise: promises[finding.Rule],
		At:      a.moment(finding),
		Earlier: max(0, len(finding.Calls)-drawnCalls),
	}
	d.When = "at the end of the run"
	if d.At < a.end {
		d.When = "at " + seconds(d.At)
	}
	d.Around = around(a.faults, d.At)
	if shown := a.timed(finding.Calls[d.Earlier:]); len(shown) > 0 {
		a.place(&d, shown)
	}
	return d
}

// moment is when a finding shows: when its decisive call was answered.
func (a artist) moment(finding checker.Finding) time.Duration {
	switch {
	case finding.At > 0:
		return finding.At
	case len(finding.Calls) == 0:
		return a.end
	}
	return a.times(finding.Calls[len(finding.Calls)-1]).end
}

// times adds its times to a call. What a checker has made up itself, such as a
// read of what the nodes held at the end, is put there.
func (a artist) times(call history.Call) operation {
	if known, ok := a.operations[call.Number]; ok && call.Number > 0 {
		return operation{call, known.start, known.end}
	}
	return operation{call, a.end, a.end}
}

// timed returns the calls with their times; the last one stays the last.
func (a artist) timed(calls []history.Call) []operation {
	var timed []operation
	for _, call := range calls {
		timed = append(timed, a.times(call))
	}
	return timed
}

// place puts the calls, and the faults around them, on one axis.
func (a artist) place(d *drawing, shown []operation) {
	first, last := shown[0].start, shown[0].end
	var moments []time.Duration
	for _, o := range shown {
		first, last = min(first, o.start), max(last, o.end)
		moments = append(moments, o.start, o.end)
	}
	near := a.near(shown, d.At)
	for _, f := range near {
		moments = append(moments, max(f.Start, first-before), min(f.End, last))
	}
	x := newAxis(append(moments, first-beside, last+beside))
	d.Ticks = x.ticks()
	for _, f := range near {
		d.Faults = append(d.Faults, drawnFault{x.span(f.Start, f.End), f, a.colours[f.Name] % colours})
	}
	for i, o := range shown {
		d.Calls = append(d.Calls, a.drawCall(x, o, i == len(shown)-1))
	}
	slices.SortStableFunc(d.Calls, func(a, b drawnCall) int { return cmp.Compare(a.Left, b.Left) })
}

// near returns the faults that went on while one of the calls did, or shortly
// before the decisive moment.
func (a artist) near(shown []operation, decisive time.Duration) []Fault {
	var near []Fault
	for _, f := range a.faults {
		during := slices.ContainsFunc(shown, func(o operation) bool { return f.overlaps(o.start, o.end) })
		if during || f.overlaps(decisive-before, decisive) {
			near = append(near, f)
		}
	}
	return near
}

func (a artist) drawCall(x axis, o operation, decisive bool) drawnCall {
	drawn := drawnCall{
		span:     x.span(o.start, o.end),
		Who:      a.who(o.Call),
		Asked:    asked(o.Call),
		Answered: answered(o.Call),
		When:     fmt.Sprintf("%s, took %s", seconds(o.start), length(o.took())),
		Kind:     o.Kind,
		Decisive: decisive,
	}
	switch {
	case o.Number == 0:
		drawn.Kind, drawn.When = "end", "after the run"
	case o.Kind == history.Info:
		drawn.Width = 100 - drawn.Left
		drawn.When = fmt.Sprintf("%s, given up after %s", seconds(o.start), length(o.took()))
	}
	return drawn
}

// who names the client and the node of a call.
func (a artist) who(call history.Call) string {
	if call.Number == 0 {
		return "node " + call.Node
	}
	client, ok := a.record.Config.ClientOf(call.Process)
	if !ok {
		return "after the faults, node " + call.Node
	}
	return fmt.Sprintf("client %d, node %s", client, call.Node)
}

// span returns the place of an interval, rounded to what can be seen.
func (a axis) span(from, to time.Duration) span {
	left := math.Round(a.place(from)*100) / 100
	return span{left, math.Round((a.place(to)-left)*100) / 100}
}

// around says which faults went on at a moment, or which one has ended last.
func around(faults []Fault, at time.Duration) string {
	var last *Fault
	text := ""
	for i, f := range faults {
		switch {
		case f.overlaps(at, at):
			if text != "" {
				text += "; and "
			}
			text += fmt.Sprintf("during the %s, since %s", f, length(at-f.Start))
		case f.End < at && (last == nil || f.End > last.End):
			last = &faults[i]
		}
	}
	if text == "" && last != nil {
		text = fmt.Sprintf("%s after the end of the %s", length(at-last.End), last)
	}
	return text
}
