package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/report"
	"example.com/gstate/jepsen-like/scratch"
)

// errNotBegun is matched by the error of a run of which nothing is left to look at.
var errNotBegun = errors.New("the run has not begun")

// execute makes one run on real processes. Its folder is removed if the run
// passes, has not begun, or ctx ends before there is a verdict, unless it is to be
// kept; else its path is the last line printed. No process is left behind, whatever happens, and
// no folder when this program is killed.
func execute(ctx context.Context, config options, out io.Writer) (v harness.Verdict, err error) {
	if err := makeFolder("dir", config.Dir); err != nil {
		return harness.Verdict{}, fmt.Errorf("%w: no folder for it: %w", errNotBegun, err)
	}
	folder, err := scratch.Make(config.Dir, fmt.Sprintf("jepsen-like-%d-", config.Seed))
	if err != nil {
		return harness.Verdict{}, fmt.Errorf("%w: no folder for it in -dir: %w", errNotBegun, err)
	}
	defer func() {
		passed := err == nil && v.Outcome() == harness.Pass
		nothing := errors.Is(err, errNotBegun) || err != nil && ctx.Err() != nil
		if config.Keep || !passed && !nothing {
			fmt.Fprintln(out, left(err), folder.Path())
			err = errors.Join(err, folder.Keep())
		} else {
			err = errors.Join(err, folder.Remove())
		}
	}()
	program, err := nodes.Build(ctx, folder.Path())
	if err != nil {
		return harness.Verdict{}, fmt.Errorf("%w: %w", errNotBegun, err)
	}
	return onProcesses(ctx, config, program, folder.Path(), out)
}

// left says what is in the folder of a run that has ended so.
func left(err error) string {
	if err != nil {
		return "history, data and logs:"
	}
	return "report, history, data and logs:"
}

// onProcesses makes the run with a program that is built already.
func onProcesses(ctx context.Context, config options, program nodes.Program, dir string, out io.Writer) (v harness.Verdict, err error) {
	file, err := os.Create(filepath.Join(dir, harness.HistoryFile))
	if err != nil {
		return harness.Verdict{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	processes, err := nodes.New(nodes.Config{
		Program: program, Dir: dir, Count: config.Nodes, Network: config.Network, Seed: config.Seed, Disks: true,
	})
	if err != nil {
		return harness.Verdict{}, fmt.Errorf("%w: %w", errNotBegun, err)
	}
	defer func() { err = errors.Join(err, processes.Close()) }()
	fmt.Fprintln(out, "network:", processes.Connected())
	transport := client.Transport()
	transport.DialContext = processes.Network().Dial(transport.DialContext)
	defer transport.CloseIdleConnections()
	h, err := harness.New(config.Config, processes, faultsOf(processes), transport, file, out)
	if err != nil {
		return harness.Verdict{}, fmt.Errorf("%w: %w", errNotBegun, err)
	}
	if v, err = h.Run(ctx); err != nil {
		return harness.Verdict{}, err
	}
	record := h.Record()
	if record.Versions, err = nodes.Versions(program.Path); err != nil {
		return harness.Verdict{}, err
	}
	if err := record.Save(dir); err != nil {
		return harness.Verdict{}, err
	}
	return v, report.Write(dir, record, v)
}

// faultsOf returns every fault of real processes.
func faultsOf(processes *nodes.Cluster) []nemesis.Nemesis {
	return slices.Concat(nemesis.OfNodes(processes), nemesis.OfServices(processes), nemesis.OfFiles(processes), nemesis.OfDisks(processes),
		nemesis.OfClocks(processes), nemesis.OfNetwork(processes.Network()))
}
