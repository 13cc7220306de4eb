package mutants

import (
	"context"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/overlay"
)

// Builder makes programs that are hunted in one mode.
type Builder interface {
	// Build makes the system with the changes. dir is for what that leaves behind.
	Build(ctx context.Context, dir string, changes ...overlay.Set) (Program, error)
}

// Program is the system, sound or with a bug.
type Program interface {
	// Run makes the run of a seed with the workload and the faults of the patch.
	// The error says that there was none.
	Run(ctx context.Context, patch Patch, seed uint64) (Run, error)
}

// Run is what came of one run.
type Run struct {
	// Rules are those that were broken: none in a run that has passed.
	Rules []string
	// Finding is the first of what was found, and Command makes the run again.
	Finding, Command string
	// Virtual is the time that passed in it.
	Virtual time.Duration
}

// Score is what has come of the hunt for one bug.
type Score struct {
	Patch Patch
	// OwnTestFails says that the test of the library that the patch names fails
	// with it, as it must. It is false where the patch names none.
	OwnTestFails bool
	Tries        []Try
	// Took is the real time of all tries.
	Took time.Duration
	// Sound is what came of the same runs in the sound system.
	Sound Sound
}

// Sound is what came of runs that no bug was planted in.
type Sound struct {
	Runs          int
	Virtual, Took time.Duration
	// Alarms are the false ones.
	Alarms []Alarm
}

// Try is one of the tries to find a bug.
type Try struct {
	// Found is the first run that broke a rule of the expected checker.
	Found *Alarm
	// Others are the rules of other checkers that were broken, each once.
	Others []string
	// Runs, Virtual and Took are how many runs it took and how long, up to the one
	// that found the bug.
	Runs          int
	Virtual, Took time.Duration
}

// Alarm is a run that broke a rule.
type Alarm struct {
	Seed uint64
	Run
}

// Found reports whether the expected checker has found the bug in each try, or
// the test of the library where nothing else looks for it.
func (s Score) Found() bool {
	if s.Patch.Mode == Test {
		return s.OwnTestFails
	}
	return len(s.Tries) > 0 && s.Hits() == len(s.Tries)
}

// Hits returns in how many tries the expected checker has found the bug.
func (s Score) Hits() int {
	hits := 0
	for _, try := range s.Tries {
		if try.Found != nil {
			hits++
		}
	}
	return hits
}

// add notes a run.
func (t *Try) add(run Run, seed uint64, expected string) {
	t.Runs++
	t.Virtual += run.Virtual
	for _, rule := range run.Rules {
		if rule == expected {
			t.Found = &Alarm{seed, run}
		} else if !slices.Contains(t.Others, rule) {
			t.Others = append(t.Others, rule)
		}
	}
}
