package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// measured is what two systems have given in three rounds.
func measured(system, other []float64) results {
	r := results{Systems: []string{"gstate", "raft"}}
	for round := range system {
		r.add("gstate", []Figure{{Name: "writes", Unit: "/s", Value: system[round]}, {Name: "gap", Unit: "ms", Value: system[round], Less: true}})
		r.add("raft", []Figure{{Name: "writes", Unit: "/s", Value: other[round]}, {Name: "gap", Unit: "ms", Value: other[round], Less: true}})
	}
	return r
}

func TestTheTableHasMediansAndRatios(t *testing.T) {
	table := measured([]float64{40, 1000, 30}, []float64{10, 20, 3}).table()
	for _, want := range []string{"| writes, /s | 40 | 10 | 4.00x |", "| gap, ms | 40 | 10 | 0.25x |"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table has no line %q:\n%s", want, table)
		}
	}
	if even := measured([]float64{10, 30}, []float64{1, 1}); !strings.Contains(even.table(), "| 20 | 1 | 20.00x |") {
		t.Errorf("the middle of 10 and 30 is not 20:\n%s", even.table())
	}
}

func TestWhatASystemDoesNotHaveIsLeftOut(t *testing.T) {
	r := measured([]float64{1}, []float64{1})
	r.add("gstate", []Figure{{Name: "failover", Unit: "ms", Value: 7, Less: true}})
	if !strings.Contains(r.table(), "| failover, ms | 7 | - | - |") {
		t.Errorf("a figure of one system:\n%s", r.table())
	}
}

func TestResultsAreLoadedAsTheyWereSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), resultsName)
	want := measured([]float64{1, 2}, []float64{3, 4})
	if err := want.save(path); err != nil {
		t.Fatal(err)
	}
	if got, err := load(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("loaded %+v, %v, want %+v", got, err, want)
	}
}

func TestAClearlyWorseRatioIsAnError(t *testing.T) {
	before := measured([]float64{40}, []float64{10})
	for _, test := range []struct {
		name string
		now  results
		want error
	}{
		{"the same", measured([]float64{40}, []float64{10}), nil},
		{"a slower machine", measured([]float64{4}, []float64{1}), nil},
		{"a little less", measured([]float64{38}, []float64{10}), nil},
		{"fewer writes", measured([]float64{20}, []float64{10}), errWorse},
		{"a longer gap", measured([]float64{80}, []float64{10}), errWorse},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := test.now.against(before, "raft", 0.2, &out); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v\n%s", err, test.want, out.String())
			}
		})
	}
	if err := before.against(measured([]float64{1}, []float64{1}), "etcd", 0.2, new(bytes.Buffer)); err == nil {
		t.Error("results without a figure of etcd are compared with it")
	}
}

func TestRoundsGoThereAndBack(t *testing.T) {
	var order []string
	p := plan{systems: []string{"one", "other"}, rounds: 3, experiments: []experiment{{"writes", nil}}}
	p.experiments[0].run = func(_ context.Context, f *fleet, _ Options) ([]Figure, error) {
		order = append(order, f.system)
		return []Figure{{Name: "writes", Value: float64(len(order))}}, nil
	}
	r, err := p.measure(t.Context(), noFleet, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"one", "other", "other", "one", "one", "other"}; !reflect.DeepEqual(order, want) {
		t.Errorf("measured in the order %v, want %v", order, want)
	}
	if got := r.Series[0].Values["other"]; !reflect.DeepEqual(got, []float64{2, 3, 6}) {
		t.Errorf("the other one has %v", got)
	}
}

// noFleet is a fleet without nodes.
func noFleet(_ context.Context, system string) (*fleet, error) { return &fleet{system: system}, nil }

func TestAFailedMeasurementIsNone(t *testing.T) {
	broken := errors.New("broken")
	p := plan{systems: []string{"one"}, rounds: 1, experiments: []experiment{{"writes", func(context.Context, *fleet, Options) ([]Figure, error) {
		return nil, broken
	}}}}
	if _, err := p.measure(t.Context(), noFleet, new(bytes.Buffer)); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	for name, done := range map[string]Done{
		"nothing":         {Latencies: newHistogram().Export()},
		"mostly failures": {Operations: 10, Failed: 1, Error: "late", Latencies: newHistogram().Export()},
	} {
		if _, err := sum([]Done{done}, []error{nil}); err == nil {
			t.Errorf("a load that has done %s is measured", name)
		}
	}
}

func TestArgumentsAreNamedThatMeanNothing(t *testing.T) {
	for _, args := range []string{"-rounds 0", "-writers 0", "-writers x", "-systems none", "-experiments none", "writes", "-time 0s"} {
		if err := run(t.Context(), strings.Fields(args), new(bytes.Buffer)); err == nil {
			t.Errorf("%s is accepted", args)
		}
	}
}
