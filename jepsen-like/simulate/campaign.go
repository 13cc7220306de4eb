package simulate

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// Campaign is many runs.
type Campaign struct {
	// First and Last are the seeds, both included.
	First, Last uint64
	// Given is what all runs have in common; the seeds draw the rest.
	Given swarm.Run
	// Processes is how many runs are made at a time.
	Processes int
	// Twice makes each run twice, and compares what they recorded.
	Twice bool
	// Shrunk is how many failed runs are made smaller, and Most how many runs
	// that may take for each of them.
	Shrunk, Most int
}

// Summary is what has come of a campaign.
type Summary struct {
	// Passed, Failed, Void and Differing are numbers of seeds: of the last kind
	// are those that did not repeat themselves.
	Passed, Failed, Void, Differing int
	// Virtual is the time of all runs together, and Took the real one from the
	// start to the end.
	Virtual, Took time.Duration
}

// String tells it in one line.
func (s Summary) String() string {
	speed := s.Virtual.Minutes() / max(s.Took.Seconds(), 1e-3)
	return fmt.Sprintf("%d seeds passed, %d failed, %d void, %d did not repeat: %v of virtual time in %v, %.1f virtual minutes a second",
		s.Passed, s.Failed, s.Void, s.Differing, s.Virtual.Round(time.Second), s.Took.Round(time.Second), speed)
}

// work is a campaign that goes on.
type work struct {
	Campaign
	program Program
	out     io.Writer
	mu      struct {
		sync.Mutex
		summary Summary
		// next is the seed that nobody has begun.
		next   uint64
		failed []Attempt
		err    error
	}
}

// Run makes all runs, and prints a line for each as it ends, then those that
// have failed as small as they can be made. The error says that a run could not
// be made, or that ctx has ended.
func (c Campaign) Run(ctx context.Context, program Program, out io.Writer) (Summary, error) {
	w := &work{Campaign: c, program: program, out: out}
	w.mu.next = c.First
	began := time.Now()
	var workers sync.WaitGroup
	for range c.Processes {
		workers.Go(func() { w.run(ctx) })
	}
	workers.Wait()
	if w.mu.err == nil {
		w.mu.err = w.shrink(ctx)
	}
	w.mu.summary.Took = time.Since(began)
	return w.mu.summary, w.mu.err
}

// run makes one run after the other until none is left.
func (w *work) run(ctx context.Context) {
	for {
		seed, ok := w.take()
		if !ok {
			return
		}
		if err := w.seed(ctx, seed); err != nil {
			w.stop(err)
			return
		}
	}
}

// take returns the next seed, or false if there is none, or something is wrong.
func (w *work) take() (uint64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.err != nil || w.mu.next > w.Last {
		return 0, false
	}
	w.mu.next++
	return w.mu.next - 1, true
}

// stop lets nobody begin another run.
func (w *work) stop(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mu.err == nil {
		w.mu.err = err
	}
}

// seed makes the run of a seed, once or twice.
func (w *work) seed(ctx context.Context, seed uint64) error {
	run := w.Given
	run.Seed = seed
	attempt, err := w.program.Run(ctx, run)
	if err != nil {
		return err
	}
	note := ""
	if w.Twice {
		again, err := w.program.Run(ctx, run)
		if err != nil {
			return err
		}
		note = compare(attempt, again)
	}
	w.add(attempt, note)
	return nil
}

// compare says how two runs of one seed differ, nothing if they do not.
func compare(one, other Attempt) string {
	if one.Trace == other.Trace && one.Outcome == other.Outcome {
		return ""
	}
	return fmt.Sprintf("the second time: %s, %d records, trace %s", other.Outcome, other.Records, other.Trace)
}

// add counts a run and prints its line.
func (w *work) add(a Attempt, differs string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &w.mu.summary
	switch {
	case a.Failed():
		s.Failed++
		w.mu.failed = append(w.mu.failed, a)
	case a.Outcome == swarm.Void:
		s.Void++
	default:
		s.Passed++
	}
	s.Virtual += a.Virtual
	fmt.Fprintf(w.out, "seed %d: %s, %v: %v in %v, trace %s\n",
		a.Run.Seed, a.Outcome, a.Run, a.Virtual.Round(time.Second), a.Took.Round(time.Second/10), a.Trace)
	if a.Outcome != swarm.Pass {
		printFindings(w.out, a)
	}
	if differs != "" {
		s.Differing++
		fmt.Fprintf(w.out, "    %s\n", differs)
	}
}

// shownFindings is how many findings of a run are printed.
const shownFindings = 5

func printFindings(out io.Writer, a Attempt) {
	for _, finding := range a.Findings[:min(len(a.Findings), shownFindings)] {
		fmt.Fprintf(out, "    %s\n", finding)
	}
	if hidden := len(a.Findings) - shownFindings; hidden > 0 {
		fmt.Fprintf(out, "    and %d more\n", hidden)
	}
}

// triesOfUnrepeatable is how often a smaller run is made that may pass now and
// then.
const triesOfUnrepeatable = 3

// shrink makes the first failed runs smaller, and prints the command of each.
func (w *work) shrink(ctx context.Context) error {
	shrinker := Shrinker{Again: w.program.Run, Tries: 1, Most: w.Most}
	if !w.program.Repeats {
		shrinker.Tries = triesOfUnrepeatable
	}
	for _, failed := range w.mu.failed[:min(len(w.mu.failed), w.Shrunk)] {
		small, err := shrinker.Shrink(ctx, failed)
		fmt.Fprintf(w.out, "seed %d fails as well with\n\n\t%s\n\n", failed.Run.Seed, small.Run.Command())
		printFindings(w.out, small)
		if err != nil {
			return err
		}
	}
	return nil
}
