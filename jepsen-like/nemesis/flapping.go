package nemesis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// PartitionFlappingName is the name of Flapping.
const PartitionFlappingName = "partition-flapping"

// The times between two changes of Flapping. Nodes wait for 300 to 600 ms for
// their leader: what flaps a little faster or slower than that begins elections
// that the next change disturbs.
const (
	flapLeast = 90 * time.Millisecond
	flapMost  = 600 * time.Millisecond
)

// Flapping isolates a node and joins it again, over and over.
type Flapping struct {
	wires
	changes background
}

func newFlapping(links Links) *Flapping { return &Flapping{wires: wires{links: links}} }

// Name returns PartitionFlappingName.
func (f *Flapping) Name() string { return PartitionFlappingName }

// Available returns nil where links can be cut.
func (f *Flapping) Available() error { return f.links.Supports(Link{Cut: true}) }

// Lasts returns times for several changes.
func (f *Flapping) Lasts(period time.Duration) (least, most time.Duration) {
	return period, 2 * period
}

// Start isolates the node, and goes on from there.
func (f *Flapping) Start(target Target) (string, error) {
	cut, _ := cutOne(order(f.links.IDs(), target), target.Random)
	if err := f.begin(cut, Link{Cut: true}); err != nil {
		return "", err
	}
	f.changes.begin(func(stopped <-chan struct{}) error { return f.flap(cut, target.Random, stopped) })
	return "", nil
}

// flap changes the links until stopped is closed.
func (f *Flapping) flap(hit []route, random *rand.Rand, stopped <-chan struct{}) error {
	for isolated := false; ; isolated = !isolated {
		if sleep(stopped, flapLeast+time.Duration(random.Int64N(int64(flapMost-flapLeast)))) {
			return nil
		}
		if err := f.set(hit, Link{Cut: isolated}); err != nil {
			return fmt.Errorf("flapping: %w", err)
		}
	}
}

// Stop ends the changes and joins the node.
func (f *Flapping) Stop(target Target) (string, error) {
	problem := f.changes.end()
	effect, err := f.wires.Stop(target)
	return effect, errors.Join(problem, err)
}

// Heal ends the changes and makes all links sound.
func (f *Flapping) Heal() error { return errors.Join(f.changes.end(), f.wires.Heal()) }
