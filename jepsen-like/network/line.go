package network

import (
	"math/rand/v2"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

const (
	// longestQueue is how long a packet waits at most to get into a narrow
	// line. What would wait longer is lost, as a router with a full buffer
	// would lose it.
	longestQueue = time.Second
	// leastOvertaken and mostOvertaken are how long a reordered packet is held
	// back. In that time a node that writes has sent several more.
	leastOvertaken = 2 * time.Millisecond
	mostOvertaken  = 20 * time.Millisecond
)

// line is one direction between two nodes.
type line struct {
	link   nemesis.Link
	random *rand.Rand
	// free is when a narrow line will have taken in what was sent so far, and
	// latest when the last of it arrives.
	free, latest time.Time
}

// fate is what becomes of a packet.
type fate struct {
	// arrivals has the time at which each copy arrives; a lost packet has none.
	arrivals []time.Time
	// flip says which bit of the packet is changed, counted around the packet.
	// It is negative where none is.
	flip int
	// reset turns the packet into the end of its connection.
	reset bool
}

// send decides what becomes of a packet, and whether a fault has touched it. It
// draws the same number of values for each, so that what befalls one does not
// depend on what befell the others.
func (l *line) send(now time.Time, bytes int) (f fate, touched bool) {
	lost, doubled := l.happens(l.link.Loss), l.happens(l.link.Duplicate)
	overtaken, changed := l.happens(l.link.Reorder), l.happens(l.link.Corrupt)
	reset := l.happens(l.link.Reset)
	bit, hold, jitter := l.random.Int(), l.random.Float64(), l.random.Float64()
	if l.link.Cut || lost || l.full(now) {
		return fate{flip: -1}, true
	}
	f = fate{arrivals: []time.Time{l.arrive(now, bytes, jitter)}, flip: -1, reset: reset}
	if overtaken {
		f.arrivals[0] = f.arrivals[0].Add(leastOvertaken + time.Duration(hold*float64(mostOvertaken-leastOvertaken)))
	} else {
		l.latest = f.arrivals[0]
	}
	if doubled {
		f.arrivals = append(f.arrivals, f.arrivals[0])
	}
	if changed {
		f.flip = bit
	}
	return f, doubled || overtaken || changed || reset || l.slow()
}

// full reports whether the line is narrow and has too much before it.
func (l *line) full(now time.Time) bool {
	return l.link.BytesPerSecond > 0 && l.free.Sub(now) > longestQueue
}

// arrive returns when something that is sent now arrives if it stays in order.
// The part of the jitter is from 0 to 1.
func (l *line) arrive(now time.Time, bytes int, jitter float64) time.Time {
	taken := now
	if rate := l.link.BytesPerSecond; rate > 0 {
		l.free = later(l.free, now).Add(time.Duration(float64(bytes) / float64(rate) * float64(time.Second)))
		taken = l.free
	}
	return later(taken.Add(l.link.Delay+time.Duration(jitter*float64(l.link.Jitter))), l.latest)
}

// slow reports whether the line holds everything up.
func (l *line) slow() bool {
	return l.link.Delay > 0 || l.link.Jitter > 0 || l.link.BytesPerSecond > 0
}

func (l *line) happens(chance float64) bool { return l.random.Float64() < chance }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
