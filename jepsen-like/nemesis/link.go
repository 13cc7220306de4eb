package nemesis

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The names of the faults of links that let something through.
const (
	LinkSlowName        = "link-slow"
	LinkLossyName       = "link-lossy"
	LinkDuplicatingName = "link-duplicating"
	LinkReorderingName  = "link-reordering"
	LinkCorruptingName  = "link-corrupting"
	LinkResettingName   = "link-resetting"
	LinkNarrowName      = "link-narrow"
)

// Weather makes links bad without cutting them: all links of one node, or all
// there are.
type Weather struct {
	brief
	wires
	name string
	draw func(*rand.Rand) Link
}

// weathers returns every nemesis that makes links bad without cutting them.
func weathers(links Links) []Nemesis {
	var all []Nemesis
	for _, w := range []struct {
		name string
		draw func(*rand.Rand) Link
	}{
		{LinkSlowName, drawSlow},
		{LinkLossyName, drawLossy},
		{LinkDuplicatingName, drawDuplicating},
		{LinkReorderingName, drawReordering},
		{LinkCorruptingName, drawCorrupting},
		{LinkResettingName, drawResetting},
		{LinkNarrowName, drawNarrow},
	} {
		all = append(all, &Weather{wires: wires{links: links}, name: w.name, draw: w.draw})
	}
	return all
}

// Name returns the name of what is bad.
func (w *Weather) Name() string { return w.name }

// Available returns nil where links can be made so.
func (w *Weather) Available() error { return w.links.Supports(w.draw(rand.New(rand.NewPCG(0, 0)))) }

// Start makes the links bad.
func (w *Weather) Start(target Target) (string, error) {
	ids := w.links.IDs()
	hit, where := routes(ids), "on all links"
	if target.Random.IntN(2) == 0 {
		hit, _ = cutOne(order(ids, target), target.Random)
		where = "on its links"
	}
	link := w.draw(target.Random)
	return fmt.Sprintf("%v %s", link, where), w.begin(hit, link)
}

// drawSlow goes up to delays at which a leader does not hear from its followers
// within its lease.
func drawSlow(random *rand.Rand) Link {
	return Link{Delay: whole(random, 5, 60), Jitter: whole(random, 5, 60)}
}

func whole(random *rand.Rand, least, most int) time.Duration {
	return time.Duration(least+random.IntN(most-least)) * time.Millisecond
}

func drawLossy(random *rand.Rand) Link { return Link{Loss: chance(random, 10, 50)} }

func drawDuplicating(random *rand.Rand) Link { return Link{Duplicate: chance(random, 30, 100)} }

func drawReordering(random *rand.Rand) Link { return Link{Reorder: chance(random, 10, 60)} }

func drawCorrupting(random *rand.Rand) Link { return Link{Corrupt: chance(random, 5, 40)} }

func drawResetting(random *rand.Rand) Link { return Link{Reset: chance(random, 2, 20)} }

// chance draws full percents.
func chance(random *rand.Rand, least, most int) float64 {
	return float64(least+random.IntN(most-least)) / 100
}

// drawNarrow goes down to where a snapshot takes longer than the fault.
func drawNarrow(random *rand.Rand) Link {
	return Link{BytesPerSecond: (10 + random.IntN(190)) << 10}
}

// String names what is wrong with the link, as in "delay 20ms, jitter 5ms".
func (l Link) String() string {
	var wrong []string
	say := func(is bool, format string, value any) {
		if is {
			wrong = append(wrong, fmt.Sprintf(format, value))
		}
	}
	say(l.Cut, "%s", "cut")
	say(l.Delay > 0, "delay %v", l.Delay)
	say(l.Jitter > 0, "jitter %v", l.Jitter)
	say(l.Loss > 0, "loss %.0f%%", 100*l.Loss)
	say(l.Duplicate > 0, "duplicates %.0f%%", 100*l.Duplicate)
	say(l.Reorder > 0, "reorders %.0f%%", 100*l.Reorder)
	say(l.Corrupt > 0, "corrupts %.0f%%", 100*l.Corrupt)
	say(l.Reset > 0, "resets %.0f%%", 100*l.Reset)
	say(l.BytesPerSecond > 0, "%d bytes per second", l.BytesPerSecond)
	return strings.Join(wrong, ", ")
}
