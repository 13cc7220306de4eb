package mutants

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/simulate"
	"example.com/gstate/jepsen-like/swarm"
)

// Simulated builds systems that are hunted by simulated runs.
type Simulated struct {
	// Virtual is how long the faults of a run go on, and Limit how long it may
	// take in real time: a run that takes longer is ended, and was a livelock.
	Virtual, Limit time.Duration
}

// Build makes the program of the simulated runs.
func (s Simulated) Build(ctx context.Context, dir string, changes ...overlay.Set) (Program, error) {
	program, err := simulate.Build(ctx, dir, changes...)
	program.Limit = s.Limit
	return simulated{s.Virtual, program}, err
}

type simulated struct {
	virtual time.Duration
	program simulate.Program
}

// Run makes a simulated run.
func (s simulated) Run(ctx context.Context, patch Patch, seed uint64) (Run, error) {
	given, err := patch.simulated()
	if err != nil {
		return Run{}, err
	}
	given.Seed, given.Virtual = seed, s.virtual
	attempt, err := s.program.Run(ctx, given)
	if err != nil {
		return Run{}, err
	}
	run := Run{Virtual: attempt.Virtual, Command: attempt.Run.Command()}
	if attempt.Failed() {
		run.Rules, run.Finding = attempt.Rules, strings.Join(attempt.Findings[:min(len(attempt.Findings), 1)], "")
	}
	return run, nil
}

// simulated returns what all runs with a patch have in common.
func (p Patch) simulated() (swarm.Run, error) {
	run := swarm.Run{Kind: p.Workload}
	if p.Faults != Any {
		run.Nemeses = strings.Split(p.Faults, ",")
	}
	if workload, ok := strings.CutPrefix(p.Workload, swarm.Service+"/"); ok {
		run.Kind, run.Workloads = swarm.Service, []string{workload}
	}
	flags := flag.NewFlagSet(p.File, flag.ContinueOnError)
	run.Bind(flags)
	if err := flags.Parse(p.Sizes); err != nil {
		return swarm.Run{}, fmt.Errorf("%w: %s: %w", ErrPatch, p.File, err)
	}
	return run, nil
}
