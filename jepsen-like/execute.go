package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/nodes"
)

// historyName is the history's file in the folder of a run.
const historyName = "history.jsonl"

// execute makes one run on real processes. Its folder is removed if the run
// passes, unless it is to be kept; else its path is the last line printed. No
// process is left behind, whatever happens.
func execute(ctx context.Context, config options, out io.Writer) (v harness.Verdict, err error) {
	dir, err := os.MkdirTemp(config.Dir, fmt.Sprintf("jepsen-like-%d-", config.Seed))
	if err != nil {
		return harness.Verdict{}, err
	}
	defer func() {
		if err != nil || v.Outcome() != harness.Pass || config.Keep {
			fmt.Fprintln(out, "data, logs and history:", dir)
		} else {
			err = os.RemoveAll(dir)
		}
	}()
	binary, err := nodes.Build(ctx, dir)
	if err != nil {
		return harness.Verdict{}, err
	}
	return onProcesses(ctx, config, binary, dir, out)
}

// onProcesses makes the run with a program that is built already.
func onProcesses(ctx context.Context, config options, binary, dir string, out io.Writer) (v harness.Verdict, err error) {
	file, err := os.Create(filepath.Join(dir, historyName))
	if err != nil {
		return harness.Verdict{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	processes, err := nodes.New(nodes.Config{Binary: binary, Dir: dir, Count: config.Nodes})
	if err != nil {
		return harness.Verdict{}, err
	}
	defer func() { err = errors.Join(err, processes.Close()) }()
	transport := client.Transport()
	defer transport.CloseIdleConnections()
	h, err := harness.New(config.Config, processes, nemesis.OfNodes(processes), transport, file, out)
	if err != nil {
		return harness.Verdict{}, err
	}
	return h.Run(ctx)
}
