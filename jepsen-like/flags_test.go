package main

import (
	"bytes"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	var out bytes.Buffer
	c, err := parse(strings.Fields("-time 20s -calm 2s -seed 7 -nodes 5 -clients 10 -writes 99 -dir /x -keep -nemesis pause -network proxies -period 2s"), &out)
	if err != nil {
		t.Fatal(err, out.String())
	}
	if c.Time != 20*time.Second || c.Calm != 2*time.Second || c.Seed != 7 || c.Nodes != 5 || c.Clients != 10 || c.Writes != 99 ||
		c.Network != "proxies" || c.Period != 2*time.Second || c.Dir != "/x" || !c.Keep || !slices.Equal(c.Nemeses, []string{"pause"}) {
		t.Errorf("got %+v", c)
	}
	const again = "go run ./jepsen-like -keep -calm=2s -clients=10 -nemesis=pause -network=proxies -nodes=5 -period=2s -time=20s -writes=99 -seed=7"
	if c.Command != again {
		t.Errorf("the same run is made by %q, want %q", c.Command, again)
	}
	if c, err = parse(nil, &out); err != nil || c.Seed == 0 || c.Time != time.Minute || c.Nodes != 3 {
		t.Errorf("without flags: %+v, %v", c, err)
	}
}

func TestParseRefusesWhatCannotBeRun(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-nodes 2", "-nodes is 2"},
		{"-nodes 8", "-nodes is 8"},
		{"-clients 2", "-clients is 2"},
		{"-time 10ms", "-time is 10ms"},
		{"-clients 1001", "-clients is 1001"},
		{"-network tin-cans", `-network is "tin-cans", want one of auto`},
		{"-workload inserts,flood", `-workload: unknown workload: "flood", want all`},
		{"-nemesis kill,flood", `-nemesis: unknown nemesis: "flood", want all`},
		{"-nemesis kill,,pause", `-nemesis: unknown nemesis: ""`},
		{"-period 0s", "-period is 0s"},
		{"-writes -1", "-writes is -1"},
		{"-calm -1s", "-calm is -1s"},
		{"-nodes 1 -writes -1", "-writes is -1"},
		{"run", `unexpected argument "run"`},
		{"-flood", "-flood"},
		{"-seed x", "-seed"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var out bytes.Buffer
			if status := run(t.Context(), strings.Fields(test.args), &out, &out); status != exitBroken || !strings.Contains(out.String(), test.want) {
				t.Errorf("status %d, want %d and %q in:\n%s", status, exitBroken, test.want, out.String())
			}
		})
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	var out bytes.Buffer
	if _, err := parse([]string{"-help"}, &out); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v", err)
	}
	if status := run(t.Context(), []string{"-help"}, &out, &out); status != exitPass || !strings.Contains(out.String(), "-seed") {
		t.Errorf("status %d:\n%s", status, out.String())
	}
}
