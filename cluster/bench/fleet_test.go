package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gstate/cluster/bench/system"
)

// TestMain lets the test's program be a node, as the program itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == nodeCommand {
		if err := serveNode(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestEverySystemIsMeasured makes the experiments that take no long time.
func TestEverySystemIsMeasured(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name := range system.All() {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "results")
			var out bytes.Buffer
			args := "-rounds 1 -time 200ms -writers 3 -experiments writes,reads,fan-out -systems " + name + " -out " + dir
			if err := run(t.Context(), strings.Fields(args), &out); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			r, err := load(filepath.Join(dir, resultsName))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"writes, 3 writers", "linearizable reads, 256 readers", "local reads, 1 reader", "1,000 watchers told, p50"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q was not measured:\n%s", want, out.String())
				}
			}
			for _, s := range r.Series {
				if value, known := s.median(name); !known || value <= 0 {
					t.Errorf("%s is %v", s.Name, value)
				}
			}
		})
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("a fleet leaves %v, %v", left, err)
	}
}
