package mutants

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/scratch"
)

// Hunt looks for planted bugs.
type Hunt struct {
	// Builders are those of each mode.
	Builders map[Mode]Builder
	// OwnTest reports whether the test that a patch names fails with the patch.
	OwnTest func(ctx context.Context, dir string, patch Patch) (bool, error)
	// Tries is how often each bug is looked for, each time with other seeds, from
	// First on.
	Tries int
	First uint64
	// Budget, unless zero, is in the place of those of the patches.
	Budget time.Duration
	// Processes is how many bugs are hunted at a time.
	Processes int
}

// seedsOfTry is how many seeds there are from one try to the next.
const seedsOfTry = 1000

// All hunts for all bugs, and hands over each score as it is there, one at a
// time. The error says that a program or a run could not be made, or that ctx
// has ended.
func (h Hunt) All(ctx context.Context, all []Patch, told func(Score)) (err error) {
	folder, err := scratch.Make("", "jepsen-like-mutants-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Remove()) }()
	dir := folder.Path()
	sound, err := h.buildSound(ctx, dir, all)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan Patch, len(all))
	for _, patch := range all {
		queue <- patch
	}
	close(queue)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range h.Processes {
		workers.Go(func() {
			for patch := range queue {
				score, err := h.one(ctx, dir, patch, sound[patch.Mode])
				if err != nil {
					stop(fmt.Errorf("planted bug %s: %w", patch.Number, err))
					return
				}
				telling.Lock()
				told(score)
				telling.Unlock()
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// buildSound makes the sound system for each mode that is needed.
func (h Hunt) buildSound(ctx context.Context, dir string, all []Patch) (map[Mode]Program, error) {
	sound := map[Mode]Program{}
	for _, patch := range all {
		if patch.Mode == Test || sound[patch.Mode] != nil {
			continue
		}
		program, err := h.build(ctx, dir, patch.Mode)
		if err != nil {
			return nil, fmt.Errorf("sound system: %w", err)
		}
		sound[patch.Mode] = program
	}
	return sound, nil
}

// build makes a program in a folder of its own.
func (h Hunt) build(ctx context.Context, dir string, mode Mode, changes ...overlay.Set) (Program, error) {
	own, err := os.MkdirTemp(dir, string(mode)+"-")
	if err != nil {
		return nil, err
	}
	return h.Builders[mode].Build(ctx, own, changes...)
}

// one hunts for one bug, and then for as long in the sound system.
func (h Hunt) one(ctx context.Context, dir string, patch Patch, sound Program) (Score, error) {
	score := Score{Patch: patch}
	if patch.Test != "" {
		fails, err := h.ownTestFails(ctx, dir, patch)
		if err != nil {
			return score, err
		}
		score.OwnTestFails = fails
	}
	if patch.Mode == Test {
		return score, nil
	}
	program, err := h.build(ctx, dir, patch.Mode, patch.Set)
	if err != nil {
		return score, err
	}
	for n := range h.Tries {
		try, err := h.try(ctx, program, patch, h.seedOf(n))
		if err != nil {
			return score, err
		}
		score.Tries = append(score.Tries, try)
		score.Took += try.Took
	}
	score.Sound, err = h.watch(ctx, sound, patch, score.Tries)
	return score, err
}

// ownTestFails runs the test of the library in a folder of its own.
func (h Hunt) ownTestFails(ctx context.Context, dir string, patch Patch) (bool, error) {
	own, err := os.MkdirTemp(dir, "own-")
	if err != nil {
		return false, err
	}
	return h.OwnTest(ctx, own, patch)
}

// seedOf returns the first seed of a try.
func (h Hunt) seedOf(try int) uint64 { return h.First + uint64(try)*seedsOfTry }

// try makes runs until the expected checker has found the bug, or the budget is
// used up.
func (h Hunt) try(ctx context.Context, program Program, patch Patch, seed uint64) (Try, error) {
	var try Try
	for began := time.Now(); try.Found == nil && try.Took < cmp.Or(h.Budget, patch.Budget); seed++ {
		run, err := program.Run(ctx, patch, seed)
		if err != nil {
			return try, err
		}
		try.add(run, seed, patch.Checker)
		try.Took = time.Since(began)
	}
	return try, nil
}

// watch makes the runs of the tries once more in the sound system.
func (h Hunt) watch(ctx context.Context, sound Program, patch Patch, tries []Try) (Sound, error) {
	var s Sound
	began := time.Now()
	for n, try := range tries {
		for i := range uint64(try.Runs) {
			seed := h.seedOf(n) + i
			run, err := sound.Run(ctx, patch, seed)
			if err != nil {
				return s, err
			}
			s.Runs++
			s.Virtual += run.Virtual
			if len(run.Rules) > 0 {
				s.Alarms = append(s.Alarms, Alarm{seed, run})
			}
		}
	}
	s.Took = time.Since(began)
	return s, nil
}
