package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/simulate"
)

func TestParseSimulation(t *testing.T) {
	var out bytes.Buffer
	s, err := parseSimulation(strings.Fields("-seeds 7-90 -virtual 40s -nemesis kill,cut -workload registers -nodes 5 -twice -processes 3"), &out)
	if err != nil {
		t.Fatal(err, out.String())
	}
	if s.First != 7 || s.Last != 90 || s.Given.Virtual != 40*time.Second || s.Given.Nodes != 5 || !s.Twice || s.Processes != 3 ||
		strings.Join(s.Given.Nemeses, " ") != "kill cut" || strings.Join(s.Given.Workloads, " ") != "registers" {
		t.Errorf("got %+v", s)
	}
	if s, err = parseSimulation(strings.Fields("-seeds 7"), &out); err != nil || s.First != 7 || s.Last != 7 {
		t.Errorf("one seed: %+v, %v", s, err)
	}
	if s, err = parseSimulation(nil, &out); err != nil || s.Last <= s.First || s.Given.Virtual == 0 || s.Limit == 0 {
		t.Errorf("without flags: %+v, %v", s, err)
	}
}

func TestParseSimulationRefusesWhatCannotBeRun(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-seeds 0-9", "-seeds is 0-9"},
		{"-seeds 9-1", "-seeds is 9-1"},
		{"-seeds many", "-seeds"},
		{"-seeds 1-", "-seeds"},
		{"-processes 0", "-processes is 0"},
		{"-shrink -1", "-shrink is -1"},
		{"-shrink-runs -1", "-shrink-runs -1"},
		{"-limit 0s", "-limit is 0s"},
		{"-clients -1", "-clients is -1"},
		{"-rate -1", "-rate -1"},
		{"-period -1s", "-period -1s"},
		{"-workload inserts,flood", `-workload: unknown workload: "flood"`},
		{"-virtual 1ms", "-virtual is 1ms"},
		{"-nodes 2", "-nodes is 2"},
		{"-nodes 8", "-nodes is 8"},
		{"more", `unexpected argument "more"`},
	} {
		t.Run(test.args, func(t *testing.T) {
			var out bytes.Buffer
			args := append([]string{"simulate"}, strings.Fields(test.args)...)
			if status := run(t.Context(), args, &out, &out); status != exitBroken || !strings.Contains(out.String(), test.want) {
				t.Errorf("status %d, want %d and %q in:\n%s", status, exitBroken, test.want, out.String())
			}
		})
	}
}

func TestHelpOfSimulationIsNoFailure(t *testing.T) {
	var out bytes.Buffer
	if status := run(t.Context(), []string{"simulate", "-help"}, &out, &out); status != exitPass || !strings.Contains(out.String(), "-twice") {
		t.Errorf("status %d:\n%s", status, out.String())
	}
}

func TestTheWorstSimulationDecidesTheStatus(t *testing.T) {
	for want, summary := range map[int]simulate.Summary{
		exitPass:      {Passed: 9, Void: 1},
		exitViolation: {Passed: 9, Failed: 1, Void: 1, Differing: 1},
		exitVoid:      {Passed: 8, Void: 1},
		exitBroken:    {Passed: 9, Void: 1, Differing: 1},
	} {
		if got := worst(summary); got != want {
			t.Errorf("%v has status %d, want %d", summary, got, want)
		}
	}
}
