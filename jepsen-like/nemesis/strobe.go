package nemesis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// The times between two changes of Strobe: a node looks at its clock now and then
// in each.
const (
	strobeLeast = 5 * time.Millisecond
	strobeMost  = 100 * time.Millisecond
)

// Strobe puts the wall clock of a node forward and right again, over and over.
type Strobe struct {
	dial
	changes background
}

// Name returns ClockStrobeName.
func (s *Strobe) Name() string { return ClockStrobeName }

// Start puts the clock forward, and goes on from there.
func (s *Strobe) Start(target Target) (string, error) {
	ahead, detail := drawForward(target.Random)
	if err := s.begin(target.Node, ahead); err != nil {
		return "", err
	}
	s.changes.begin(func(stopped <-chan struct{}) error {
		return s.strobe(target.Node, ahead, target.Random, stopped)
	})
	return detail, nil
}

// strobe changes the clock until stopped is closed.
func (s *Strobe) strobe(id string, ahead skew.Skew, random *rand.Rand, stopped <-chan struct{}) error {
	for next := (skew.Skew{}); ; next.Wall = ahead.Wall - next.Wall {
		if sleep(stopped, strobeLeast+time.Duration(random.Int64N(int64(strobeMost-strobeLeast)))) {
			return nil
		}
		if err := s.clocks.SetClock(id, next); err != nil {
			return fmt.Errorf("strobe: %w", err)
		}
	}
}

// Stop ends the changes and makes the clock right.
func (s *Strobe) Stop(target Target) (string, error) {
	problem := s.changes.end()
	effect, err := s.dial.Stop(target)
	return effect, errors.Join(problem, err)
}

// Heal ends the changes and makes all clocks sound.
func (s *Strobe) Heal() error { return errors.Join(s.changes.end(), s.dial.Heal()) }
