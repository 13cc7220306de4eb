package nemesis

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// The names of the faults of clocks.
const (
	ClockForwardName = "clock-jump-forward"
	ClockBackName    = "clock-jump-back"
	ClockStrobeName  = "clock-strobe"
	ClockDriftName   = "clock-drift"
	ClockLeapName    = "clock-leap"
)

// Clocks is what faults of clocks are made of: each node has a wall clock and a
// monotonic clock of its own.
type Clocks interface {
	// IDs returns all nodes.
	IDs() []string
	// CanShift returns nil, or why clocks cannot be changed here.
	CanShift() error
	// SetClock gives the clocks of a node this skew, until the next call. The zero
	// Skew is sound.
	SetClock(id string, skew skew.Skew) error
	// Looks returns how often a node has looked at clocks that were not sound.
	Looks(id string) uint64
}

// OfClocks returns every nemesis that needs nothing but clocks.
func OfClocks(clocks Clocks) []Nemesis {
	d := dial{clocks: clocks}
	return []Nemesis{
		&WrongClock{dial: d, name: ClockForwardName, draw: drawForward},
		&WrongClock{dial: d, name: ClockBackName, draw: drawBack},
		&Strobe{dial: d},
		&WrongClock{dial: d, name: ClockDriftName, draw: drawDrift},
		&WrongClock{dial: d, name: ClockLeapName, draw: drawLeap},
	}
}

// dial is the part that all faults of clocks have in common.
type dial struct {
	brief
	clocks Clocks
	// looks is what the node had looked when the fault began.
	looks uint64
}

// Kind returns Clock.
func (d *dial) Kind() Kind { return Clock }

// Available returns nil where clocks can be changed.
func (d *dial) Available() error { return d.clocks.CanShift() }

// begin gives the clocks of a node a skew, at the start of a fault.
func (d *dial) begin(id string, to skew.Skew) error {
	d.looks = d.clocks.Looks(id)
	return d.clocks.SetClock(id, to)
}

// Stop makes the clocks sound. The effect is how often the node has looked at them
// while they were not.
func (d *dial) Stop(target Target) (string, error) {
	n := d.clocks.Looks(target.Node) - d.looks
	return effectIf(n > 0, fmt.Sprintf("seen %d times", n)), d.sound(target.Node)
}

// Heal makes all clocks sound.
func (d *dial) Heal() error { return each(d.clocks.IDs(), d.sound) }

func (d *dial) sound(id string) error { return d.clocks.SetClock(id, skew.Skew{}) }

// WrongClock makes the clocks of a node wrong in one way. A jump of the wall clock
// must change nothing at all; by the monotonic clock a leader ends leases.
type WrongClock struct {
	dial
	name string
	draw func(*rand.Rand) (to skew.Skew, detail string)
}

// Name returns the name of what is wrong.
func (w *WrongClock) Name() string { return w.name }

// Start makes the clocks wrong.
func (w *WrongClock) Start(target Target) (string, error) {
	to, detail := w.draw(target.Random)
	return detail, w.begin(target.Node, to)
}

func drawForward(random *rand.Rand) (skew.Skew, string) {
	by := drawJump(random)
	return skew.Skew{Wall: by}, fmt.Sprint(by)
}

func drawBack(random *rand.Rand) (skew.Skew, string) {
	by := drawJump(random)
	return skew.Skew{Wall: -by}, fmt.Sprint(by)
}

// drawJump draws from a second to two hours, each power of two alike.
func drawJump(random *rand.Rand) time.Duration { return time.Second << random.IntN(14) }

// drawDrift goes up to clocks of which one goes twice as fast as the other.
func drawDrift(random *rand.Rand) (skew.Skew, string) {
	rate := float64(5+random.IntN(96)) / 100
	if random.IntN(2) == 0 {
		rate /= -2
	}
	return skew.Skew{Rate: rate}, fmt.Sprintf("%+.3f", rate)
}

// drawLeap draws from a third of an election to half a minute.
func drawLeap(random *rand.Rand) (skew.Skew, string) {
	by := whole(random, 100, 1000) << random.IntN(6)
	return skew.Skew{Leap: by}, fmt.Sprint(by)
}

// Leap returns how far the event says that the monotonic clock of its node was put
// forward. It is false for all but the start of such a fault.
func Leap(event history.Event) (by time.Duration, ok bool) {
	if event.Function != ClockLeapName {
		return 0, false
	}
	by, err := time.ParseDuration(drawn(event))
	return by, err == nil
}

// Drift returns how much faster the event says that the clocks of its node go from
// then on. It is false for all but the start of such a fault.
func Drift(event history.Event) (rate float64, ok bool) {
	if event.Function != ClockDriftName {
		return 0, false
	}
	rate, err := strconv.ParseFloat(drawn(event), 64)
	return rate, err == nil
}

// drawn returns the last word of the detail.
func drawn(event history.Event) string {
	return event.Detail[strings.LastIndex(event.Detail, " ")+1:]
}
