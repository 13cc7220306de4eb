package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/mutants"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/overlay"
)

// errFailed is matched by the error of a run in which the nemesis has failed: what it
// finds says nothing of the bug.
var errFailed = errors.New("the harness is broken")

// realRuns builds systems that are hunted by runs of real processes.
type realRuns struct {
	// time is how long the faults of a run go on.
	time time.Duration
}

// Build makes the program of the nodes.
func (r realRuns) Build(ctx context.Context, dir string, changes ...overlay.Set) (mutants.Program, error) {
	program, err := nodes.Build(ctx, dir, changes...)
	return realProgram{realRuns: r, dir: dir, program: program}, err
}

type realProgram struct {
	realRuns
	dir     string
	program nodes.Program
}

// Run makes a run. It leaves nothing behind.
func (p realProgram) Run(ctx context.Context, patch mutants.Patch, seed uint64) (run mutants.Run, err error) {
	dir, err := os.MkdirTemp(p.dir, fmt.Sprintf("seed-%d-", seed))
	if err != nil {
		return run, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config := defaults()
	config.Time, config.Seed, config.Workloads = p.time, seed, []string{patch.Workload}
	if patch.Faults != mutants.Any {
		config.Nemeses = strings.Split(patch.Faults, ",")
	}
	verdict, err := onProcesses(ctx, config, p.program, dir, io.Discard)
	if err != nil {
		return run, err
	}
	if verdict.Outcome() == harness.Broken {
		return run, fmt.Errorf("%w: %s", errFailed, verdict.Failure)
	}
	run.Command = fmt.Sprintf("go run ./jepsen-like -seed %d -time %v -workload %s -nemesis %s",
		seed, config.Time, patch.Workload, strings.Join(config.Nemeses, ","))
	run.Rules, run.Finding = broken(verdict)
	return run, nil
}

// broken returns the rules that were broken, each once, and the first finding.
func broken(verdict harness.Verdict) (rules []string, finding string) {
	for _, violation := range verdict.Violations {
		if !slices.Contains(rules, violation.Rule) {
			rules = append(rules, violation.Rule)
		}
	}
	if len(verdict.Violations) > 0 {
		finding = verdict.Violations[0].String()
	}
	return rules, finding
}
