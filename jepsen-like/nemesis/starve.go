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
	// stop ends the goroutine that does it, which then tells what went wrong. It is
	// nil while there is none.
	stop chan struct{}
	done chan error
	// halts may be read when done was.
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
	s.stop, s.done, s.halts = make(chan struct{}), make(chan error, 1), 0
	go s.starve(target.Node, s.stop)
	return "", nil
}

// starve stops the node and lets it go on until it is told to end, or cannot.
func (s *Starve) starve(id string, stop <-chan struct{}) {
	var err error
	for err == nil {
		if err = s.nodes.Pause(id); err == nil {
			s.halts++
			sleep(stop, starveHalt)
			err = s.nodes.Resume(id)
		}
		if sleep(stop, starveRun) {
			break
		}
	}
	s.done <- err
}

// sleep reports whether it was ended early.
func sleep(stop <-chan struct{}, d time.Duration) bool {
	select {
	case <-stop:
		return true
	case <-time.After(d):
		return false
	}
}

// Stop ends it, with the node running.
func (s *Starve) Stop(target Target) (string, error) {
	err := s.end()
	return effectIf(s.ran, fmt.Sprintf("stood still %d times", s.halts)), errors.Join(err, s.nodes.Resume(target.Node))
}

// Heal ends it, and lets every node go on.
func (s *Starve) Heal() error { return errors.Join(s.end(), s.Pause.Heal()) }

// end ends the goroutine, if there is one.
func (s *Starve) end() error {
	if s.stop == nil {
		return nil
	}
	close(s.stop)
	s.stop = nil
	return <-s.done
}
