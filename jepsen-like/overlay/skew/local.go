package skew

import (
	"errors"
	"time"
)

// ErrNotBuilt: the binary was built without the overlay.
var ErrNotBuilt = errors.New("built without the overlay that gives goroutines clocks of their own")

// Local returns a sound clock for goroutines of this process. It is not closed. The
// error is ErrNotBuilt in binaries without the overlay.
func Local() (*Clock, error) {
	monotonic, err := hooked()
	if err != nil {
		return nil, err
	}
	return &Clock{face: new(face), now: monotonic}, nil
}

// Enter has this goroutine go by a local clock until it calls leave, and the
// goroutines and timers that it starts meanwhile for as long as they are there.
func (c *Clock) Enter() (leave func()) { return enter(c) }

// SystemNow is time.Now by the clock of the system, whatever clock the goroutine goes
// by.
func SystemNow() time.Time { return systemNow() }
