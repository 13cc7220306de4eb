package harness

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// ErrTooLong: a run of this length would consist of little more than such a fault.
var ErrTooLong = errors.New("faults too long for this run")

// largest is the part of a run that one fault may take, as its divisor.
const largest = 4

// long is a fault that is not for this run.
type long struct {
	nemesis.Nemesis
	least, run time.Duration
}

// Available returns ErrTooLong with the figures.
func (l long) Available() error {
	return fmt.Errorf("%w: they last %v at least, and the run %v", ErrTooLong, l.least, l.run)
}

// fit makes those faults unavailable that are too long for the run, unless it
// names them.
func (c Config) fit(faults []nemesis.Nemesis) []nemesis.Nemesis {
	var fitting []nemesis.Nemesis
	for _, fault := range faults {
		least, _ := fault.Lasts(c.Period)
		if least > c.Time/largest && fault.Available() == nil && !slices.Contains(c.Nemeses, fault.Name()) {
			fault = long{fault, least, c.Time}
		}
		fitting = append(fitting, fault)
	}
	return fitting
}
