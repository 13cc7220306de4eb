package checker

import (
	"cmp"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// LeapMost is the most that a lease may lose with a leap of the leader's monotonic
// clock, however far that is. Of a shorter lease a leap proves nothing.
const LeapMost = 2 * time.Second

const (
	// notedWithin is how much later than it was made a fault may be noted, and how
	// long after its end a node may go by a timer that it had set before.
	notedWithin = time.Second
	// lookedWithin is how old that may be which a look at a node tells.
	lookedWithin = 100 * time.Millisecond
)

// pace is a time in which the monotonic clock of a node that may have led went
// wrong. By that of its leader the cluster counts.
type pace struct {
	from, to time.Duration
	// leap is by how much it was put forward, and rate how much faster it went.
	leap time.Duration
	rate float64
}

// paces are all those of a run.
type paces []pace

func pacesOf(events []history.Event) (all paces) {
	roles := rolesOf(events)
	for i, event := range events {
		p := pace{from: event.Time - notedWithin, to: event.Time}
		leap, leaps := nemesis.Leap(event)
		rate, drifts := nemesis.Drift(event)
		if drifts {
			p.to = faultEnd(events[i:]) + notedWithin
		}
		if p.leap, p.rate = leap, rate; (leaps || drifts) && !roles.followed(event.Node, p.from, p.to) {
			all = append(all, p)
		}
	}
	return all
}

// faultEnd returns when the fault was over with which the events begin.
func faultEnd(events []history.Event) time.Duration {
	fault := events[0]
	at := slices.IndexFunc(events, func(e history.Event) bool {
		return e.Function == fault.Function+nemesis.EndSuffix && e.Node == fault.Node || e.Function == nemesis.HealName
	})
	if at < 0 {
		return never - notedWithin
	}
	return events[at].Time
}

// roles are the looks at each node, in order.
type roles map[string][]history.Event

func rolesOf(events []history.Event) roles {
	all := roles{}
	for _, event := range events {
		if event.Function == history.Looked {
			all[event.Node] = append(all[event.Node], event)
		}
	}
	return all
}

// followed reports whether a node surely did not lead between two times: it was a
// follower before and after, and its term was the same.
func (r roles) followed(node string, from, to time.Duration) bool {
	looks := r[node]
	before := looked(looks, from+1) - 1
	after := looked(looks, to+lookedWithin)
	if before < 0 || after == len(looks) {
		return false
	}
	const follower = "follower"
	return looks[before].Role == follower && looks[after].Role == follower && looks[before].Term == looks[after].Term
}

// looked returns the place of the first look that is not before a time.
func looked(looks []history.Event, at time.Duration) int {
	place, _ := slices.BinarySearchFunc(looks, at, func(e history.Event, at time.Duration) int { return cmp.Compare(e.Time, at) })
	return place
}

// gain returns how much more the cluster may have counted between two times than
// there was.
func (p paces) gain(from, to time.Duration) (sum time.Duration) {
	for _, x := range p {
		if both := x.overlap(from, to); both >= 0 {
			sum += min(x.leap, LeapMost) + time.Duration(max(0, x.rate)*float64(both))
		}
	}
	return sum
}

// loss returns how much less it may have counted.
func (p paces) loss(from, to time.Duration) (sum time.Duration) {
	for _, x := range p {
		sum += time.Duration(max(0, -x.rate) * float64(max(0, x.overlap(from, to))))
	}
	return sum
}

// longest returns how long a timer of a leader may last that is set between two times.
func (p paces) longest(timer, from, to time.Duration) time.Duration {
	slowest := 0.0
	for _, x := range p {
		if x.overlap(from, to) >= 0 {
			slowest = min(slowest, x.rate)
		}
	}
	return time.Duration(float64(timer) / (1 + slowest))
}

// overlap is negative if it was not between the times.
func (x pace) overlap(from, to time.Duration) time.Duration { return min(to, x.to) - max(from, x.from) }

// until returns the time until which the grants let an item live at least, which may
// be gone by a time.
func (p paces) until(grants []history.Call, by time.Duration) time.Duration {
	least := never
	for _, g := range lastGrants(grants) {
		least = min(least, g.Sent+g.TTL-p.gain(g.Sent, by))
	}
	return least
}
