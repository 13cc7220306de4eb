package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/nodes"
)

// historyName is the history's file in the folder of a run.
const historyName = "history.jsonl"

// execute makes one run on real processes. Its folder is removed if the run
// passes, unless it is to be kept; else its path is the last line printed. No
// process is left behind, whatever happens.
func execute(ctx context.Context, config Config, out io.Writer) (v verdict, err error) {
	fmt.Fprintln(out, config.header())
	dir, err := os.MkdirTemp(config.Dir, fmt.Sprintf("jepsen-like-%d-", config.Seed))
	if err != nil {
		return verdict{}, err
	}
	defer func() {
		if err != nil || v.exit() != exitPass || config.Keep {
			fmt.Fprintln(out, "data, logs and history:", dir)
		} else {
			err = os.RemoveAll(dir)
		}
	}()
	binary, err := nodes.Build(ctx, dir)
	if err != nil {
		return verdict{}, err
	}
	return onProcesses(ctx, config, binary, dir, out)
}

// onProcesses makes the run with a program that is built already.
func onProcesses(ctx context.Context, config Config, binary, dir string, out io.Writer) (v verdict, err error) {
	file, err := os.Create(filepath.Join(dir, historyName))
	if err != nil {
		return verdict{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	processes, err := nodes.New(nodes.Config{Binary: binary, Dir: dir, Count: config.Nodes})
	if err != nil {
		return verdict{}, err
	}
	defer func() { err = errors.Join(err, processes.Close()) }()
	transport := client.Transport()
	defer transport.CloseIdleConnections()
	return newHarness(config, processes, processes.Addresses(), transport, file, out).run(ctx)
}
