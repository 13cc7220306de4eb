package skew

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
	"unsafe"
)

// Variable is the environment variable that gives a process the path of its clock.
const Variable = "JEPSEN_CLOCK"

var (
	// ErrUnsupported: this system has no clock that two processes share.
	ErrUnsupported = errors.New("clocks cannot be shifted on this system")
	// ErrSkew: no clock can go like this.
	ErrSkew = errors.New("skew out of range")
)

// Skew is how a clock differs from that of the system. The zero Skew is sound.
type Skew struct {
	// Wall is how far the wall clock is ahead; it may be negative.
	Wall time.Duration
	// Leap is how far the monotonic clock is put forward, once.
	Leap time.Duration
	// Rate is how much faster both clocks go: 0.1 is a tenth.
	Rate float64
}

// fastest is the greatest rate: with it two seconds pass in one. A clock may go at
// most so much slower that it takes two seconds for one.
const (
	fastest = 1
	slowest = -0.5
)

// face is what lies in the file.
type face struct {
	// changes is odd while the others are changed.
	changes atomic.Uint64
	// since is when they were, on the system's monotonic clock.
	since atomic.Int64
	// wall and monotonic are how far the clocks were ahead then, and rate is the
	// bits of how much faster they have gone since.
	wall, monotonic atomic.Int64
	rate            atomic.Uint64
	// looks counts the looks at a clock that was not sound.
	looks atomic.Uint64
}

const size = int(unsafe.Sizeof(face{}))

// Clock is the clock of a node. Make one with Create, and find it with Open. Local
// makes one for a node that shares its process with others.
type Clock struct {
	face *face
	// memory is what the face lies in, if that is a file.
	memory []byte
	// now returns what the system's monotonic clock shows.
	now func() (int64, error)
}

// Set gives the clock a skew from now on, in the place of the one it had.
func (c *Clock) Set(skew Skew) error {
	if skew.Leap < 0 || skew.Rate < slowest || skew.Rate > fastest {
		return fmt.Errorf("%w: leap %v, rate %v", ErrSkew, skew.Leap, skew.Rate)
	}
	now, err := c.now()
	if err != nil {
		return err
	}
	_, gained := c.ahead(now)
	c.face.changes.Add(1)
	c.face.since.Store(now)
	c.face.wall.Store(int64(skew.Wall))
	c.face.monotonic.Store(gained + int64(skew.Leap))
	c.face.rate.Store(math.Float64bits(skew.Rate))
	c.face.changes.Add(1)
	return nil
}

// At returns how far the clocks are ahead, in nanoseconds, when the system's
// monotonic clock shows mono.
func (c *Clock) At(mono int64) (wall, monotonic int64) {
	wall, monotonic = c.ahead(mono)
	if wall != 0 || monotonic != 0 {
		c.face.looks.Add(1)
	}
	return wall, monotonic
}

// ahead is At, and is not counted as a look.
func (c *Clock) ahead(mono int64) (wall, monotonic int64) {
	for {
		changes := c.face.changes.Load()
		rate := math.Float64frombits(c.face.rate.Load())
		// A look may have begun before the change that it sees.
		drifted := int64(rate * float64(max(0, mono-c.face.since.Load())))
		wall, monotonic = c.face.wall.Load()+drifted, c.face.monotonic.Load()+drifted
		if changes%2 == 0 && c.face.changes.Load() == changes {
			return wall, monotonic
		}
	}
}

// Span returns how long it takes until so much has passed on the clock.
func (c *Clock) Span(d int64) int64 {
	rate := math.Float64frombits(c.face.rate.Load())
	if rate == 0 {
		return d
	}
	return int64(float64(d) / (1 + rate))
}

// Looks returns how often a process has looked at the clock while it was not sound.
func (c *Clock) Looks() uint64 { return c.face.looks.Load() }
