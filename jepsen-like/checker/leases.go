package checker

import (
	"fmt"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
)

const (
	// lateMax is how late an item may end while one leader goes on: a quarter of
	// a second for its ticks, and the rest for a machine that is busy with other
	// things.
	lateMax = 750 * time.Millisecond
	// lateForLeader is how much later for each change of leader: a second of the
	// cluster's clock may be lost, and the signs of both leaders may be off.
	lateForLeader = time.Second + 2*quick
)

// Leases checks when items end. Each of their calls' items is inserted once.
//
// An item with a lease is there until its time has passed since the last write
// that gave it one was sent, and is gone when it has passed since that was
// answered, not counting the time for which there may have been no leader. An
// item that lives with a node is there while the node runs undisturbed, and is
// gone when it has been silent for the item's time. An item that lives with
// another one is there exactly as long as that. What is gone does not come back.
//
// events and all calls of the run tell of leaders and of nodes; the items are those
// of the workload's own calls.
func Leases(events []history.Event, all, own []history.Call) []Finding {
	c := courts{reign: reignOf(events, all), paces: pacesOf(events), starts: startsOf(events), settled: never}
	if settled, ok := history.SettledAt(events); ok {
		c.settled = settled.Time
	}
	lives := livesOf(own)
	var findings []Finding
	for _, item := range sortedKeys(lives) {
		x := lives[item]
		for _, judge := range []func(life) (Finding, bool){returned, c.early, c.late, c.orphaned, c.abandoned} {
			if finding, wrong := judge(x); wrong {
				findings = append(findings, finding)
			}
		}
		if finding, wrong := together(x, lives[x.insert.While]); wrong {
			findings = append(findings, finding)
		}
	}
	return findings
}

// never is the time of what does not happen.
const never = time.Duration(history.Never)

// courts has what is known beside the calls of the items.
type courts struct {
	reign  reign
	paces  paces
	starts map[string][]start
	// settled is when the faults were over.
	settled time.Duration
}

// life is what is known of an item whose insert was acknowledged. It is empty for
// any other item.
type life struct {
	insert history.Call
	// grants are the writes that gave it a lease, or may have, its insert first.
	grants []history.Call
	// removals are those that removed it, or may have.
	removals []history.Call
	// there and gone are the calls that found it, and that did not find it any
	// more, in the order of their invocation.
	there, gone []history.Call
}

func livesOf(calls []history.Call) map[string]life {
	lives := map[string]life{}
	for _, item := range byItem(calls) {
		at := slices.IndexFunc(item.calls, func(c history.Call) bool { return c.Function == history.Insert && c.Kind == history.OK })
		if at < 0 {
			continue
		}
		x := life{insert: item.calls[at]}
		for _, call := range item.calls {
			x.learn(call)
		}
		lives[item.item] = x
	}
	return lives
}

func (x *life) learn(call history.Call) {
	missing := call.Code == history.NotFound && call.Revision >= x.insert.Revision
	switch {
	case call.Function == history.Remove && call.Kind != history.Fail:
		x.removals = append(x.removals, call)
	case call.TTL > 0 && call.Kind != history.Fail:
		x.grants = append(x.grants, call)
	case missing && call.Function != history.Insert:
		x.gone = append(x.gone, call)
	case call.Function == history.Get && call.Found:
		x.there = append(x.there, call)
	}
}

// firstGone returns the call that was the first to be answered that the item is
// gone.
func (x life) firstGone() (history.Call, bool) {
	if len(x.gone) == 0 {
		return history.Call{}, false
	}
	return slices.MinFunc(x.gone, func(a, b history.Call) int { return int(a.Answered - b.Answered) }), true
}

// removedBy reports whether a write may have removed the item by a time.
func (x life) removedBy(at time.Duration) bool {
	return slices.ContainsFunc(x.removals, func(c history.Call) bool { return c.Sent <= at })
}

// lastGrants returns the grants of which each may be the one that counts: after
// it no other was begun that was made.
func lastGrants(grants []history.Call) (last []history.Call) {
	for _, g := range grants {
		if !slices.ContainsFunc(grants, func(other history.Call) bool { return other.Kind == history.OK && g.Before(other) }) {
			last = append(last, g)
		}
	}
	return last
}

func leaseFinding(calls []history.Call, text string, values ...any) (Finding, bool) {
	return Finding{Rule: "leases", Text: fmt.Sprintf(text, values...), Calls: calls}, true
}

// returned says that an item was seen at a revision after one at which it was
// gone.
func returned(x life) (Finding, bool) {
	for _, gone := range x.gone {
		for _, there := range x.there {
			if there.Revision > gone.Revision {
				return leaseFinding([]history.Call{gone, there}, "an item came back")
			}
		}
	}
	return Finding{}, false
}

// early says that an item was gone before its lease had ended.
func (c courts) early(x life) (Finding, bool) {
	gone, is := x.firstGone()
	if !is || len(x.grants) == 0 || x.removedBy(gone.Answered) {
		return Finding{}, false
	}
	if late := x.grants[len(x.grants)-1]; late.Kind == history.OK && gone.Before(late) {
		return leaseFinding([]history.Call{gone, late}, "an item was given a lease when it was gone")
	}
	if least := c.paces.until(x.grants, gone.Answered); gone.Answered < least {
		return leaseFinding(append(slices.Clip(x.grants), gone), "an item was gone at %v, and had a lease until %v", gone.Answered, least)
	}
	return Finding{}, false
}

// late says that an item was there when its lease must have ended.
func (c courts) late(x life) (Finding, bool) {
	if len(x.grants) == 0 {
		return Finding{}, false
	}
	last := lastGrants(x.grants)
	for _, there := range x.there {
		lives := func(g history.Call) bool { return c.mayLast(g.Answered, g.TTL, there.Sent) }
		if there.Linearizable && !slices.ContainsFunc(last, lives) {
			return leaseFinding(append(slices.Clip(x.grants), there), "an item was there at %v, when its lease had ended", there.Sent)
		}
	}
	return Finding{}, false
}

// mayLast reports whether a time that began at most at a moment may go on at
// another one. Whatever was before, no more than all of it is left at any moment:
// so it is over when it would be over from some moment on.
func (c courts) mayLast(began, lasts, at time.Duration) bool {
	if began == never {
		return true
	}
	for ; at > began+lasts+lateMax; began += time.Second {
		waited := c.reign.without(began, at) + c.paces.loss(began, at) + time.Duration(c.reign.changes(began, at))*lateForLeader
		if at > began+lasts+lateMax+waited {
			return false
		}
	}
	return true
}

// orphaned says that an item was there long after the node it lived with had
// been killed.
func (c courts) orphaned(x life) (Finding, bool) {
	if x.insert.Ephemeral == 0 || x.insert.Life == 0 {
		return Finding{}, false
	}
	ended := c.endOf(x.insert.Node, x.insert.Life)
	for _, there := range x.there {
		if there.Linearizable && !c.mayLast(ended, x.insert.Ephemeral, there.Sent) {
			return leaseFinding([]history.Call{x.insert, there}, "an item was there at %v, and its node was started anew before %v", there.Sent, ended)
		}
	}
	return Finding{}, false
}

// abandoned says that an item was gone while the node it lived with ran on, and
// nothing disturbed it.
func (c courts) abandoned(x life) (Finding, bool) {
	gone, is := x.firstGone()
	if x.insert.Ephemeral == 0 || !is || x.removedBy(gone.Answered) || x.insert.Sent < c.settled {
		return Finding{}, false
	}
	// A node that does not get on, as on a busy machine, loses it by right.
	silent := max(c.reign.without(x.insert.Sent, gone.Answered), c.reign.silence(x.insert.Node, x.insert.Sent, gone.Answered))
	if c.endOf(x.insert.Node, x.insert.Life) < never || silent > x.insert.Ephemeral/4 {
		return Finding{}, false
	}
	return leaseFinding([]history.Call{x.insert, gone}, "an item was gone at %v, and the node it lived with runs", gone.Answered)
}

// together says that one of two items was gone without the other, of which the
// first lives with the second.
func together(x, keeper life) (Finding, bool) {
	for _, gone := range keeper.gone {
		for _, there := range x.there {
			if there.Revision >= gone.Revision {
				return leaseFinding([]history.Call{x.insert, gone, there}, "an item was there without the one that it lived with")
			}
		}
	}
	if len(x.removals) > 0 {
		return Finding{}, false
	}
	for _, gone := range x.gone {
		for _, there := range keeper.there {
			if there.Revision >= gone.Revision {
				return leaseFinding([]history.Call{x.insert, there, gone}, "an item was gone before the one that it lived with")
			}
		}
	}
	return Finding{}, false
}

// start is the first that was seen of a node's start.
type start struct {
	number int
	at     time.Duration
}

// startsOf returns the starts that were seen of each node, in order.
func startsOf(events []history.Event) map[string][]start {
	starts := map[string][]start{}
	for _, event := range events {
		number := max(event.Life, event.Start)
		seen := starts[event.Node]
		if number > 0 && (len(seen) == 0 || seen[len(seen)-1].number < number) {
			starts[event.Node] = append(seen, start{number, event.Time})
		}
	}
	return starts
}

// endOf returns by when a life of a node had ended: when the next was seen.
func (c courts) endOf(node string, life int) time.Duration {
	for _, s := range c.starts[node] {
		if s.number > life {
			return s.at
		}
	}
	return never
}
