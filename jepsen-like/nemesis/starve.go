package nemesis

import (
	"errors"
	"fmt"
	"time"
)

// StarveName is the name of Starve.
const StarveName = "starve"

// How long a node runs and stands still by turns. A heartbeat comes through now
// and then, and work piles up.
const (
	starveRun  = 5 * time.Millisecond
	starveHalt = 95 * time.Millisecond
)

// Starve lets a node run for a twentieth of the time, as on a machine that is
// sold many times over. Make one with NewStarve.
type Starve struct {
	Pause
	turns background
	// halts may be read when the turns have ended.
	halts int
}

// NewStarve returns the nemesis.
func NewStarve(nodes Nodes) *Starve { return &Starve{Pause: *NewPause(nodes)} }

// Name returns StarveName.
func (s *Starve) Name() string { return StarveName }

// Lasts returns up to two periods.
func (s *Starve) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 2, 2 * period
}

// Start begins to starve the node.
func (s *Starve) Start(target Target) (string, error) {
	s.ran = s.nodes.Running(target.Node)
	s.halts = 0
	s.turns.begin(func(stopped <-chan struct{}) error { return s.starve(target.Node, stopped) })
	return "", nil
}

// starve stops the node and lets it go on until it is told to end, or cannot.
func (s *Starve) starve(id string, stopped <-chan struct{}) error {
	for {
		if err := s.nodes.Pause(id); err != nil {
			return err
		}
		s.halts++
		sleep(stopped, starveHalt)
		if err := s.nodes.Resume(id); err != nil || sleep(stopped, starveRun) {
			return err
		}
	}
}

// Stop ends it, with the node running.
func (s *Starve) Stop(target Target) (string, error) {
	err := s.turns.end()
	return effectIf(s.ran, fmt.Sprintf("stood still %d times", s.halts)), errors.Join(err, s.nodes.Resume(target.Node))
}

// Heal ends it, and lets every node go on.
func (s *Starve) Heal() error { return errors.Join(s.turns.end(), s.Pause.Heal()) }
