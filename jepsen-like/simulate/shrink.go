package simulate

import (
	"context"
	"slices"

	"example.com/gstate/jepsen-like/swarm"
)

// Shrinker makes runs that fail smaller.
type Shrinker struct {
	// Again makes a run.
	Again func(ctx context.Context, run swarm.Run) (Attempt, error)
	// Tries is how often a smaller run is made before it is believed that it
	// passes. One is enough for runs that repeat themselves.
	Tries int
	// Most is how many runs are made in all.
	Most int
}

// Shrink leaves out of a failed run, one after the other, what is not needed to
// fail in the same way, until nothing is left or Most is used up. It returns the
// smallest run that has failed. The error is that of ctx, or of a run that could
// not be made: what was found until then is returned with it.
func (s Shrinker) Shrink(ctx context.Context, failed Attempt) (Attempt, error) {
	for made := 0; ; {
		next, err := s.smaller(ctx, failed, &made)
		if err != nil || next == nil {
			return failed, err
		}
		failed = *next
	}
}

// smaller returns the first of the smaller runs that fails, nil if none does.
func (s Shrinker) smaller(ctx context.Context, failed Attempt, made *int) (*Attempt, error) {
	for _, run := range failed.Run.Smaller() {
		for range s.Tries {
			if *made++; *made > s.Most {
				return nil, nil
			}
			attempt, err := s.Again(ctx, run)
			if err != nil {
				return nil, err
			}
			if alike(failed.Result, attempt.Result) {
				return &attempt, nil
			}
		}
	}
	return nil, nil
}

// alike reports whether two runs have failed in the same way: they have broken
// one rule both.
func alike(a, b swarm.Result) bool {
	return a.Outcome == b.Outcome && a.Failed() &&
		slices.ContainsFunc(a.Rules, func(rule string) bool { return slices.Contains(b.Rules, rule) })
}
