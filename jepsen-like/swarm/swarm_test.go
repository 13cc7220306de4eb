package swarm

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var menu = Menu{
	Kinds:     []string{Service, Service, "lists", "locks"},
	Workloads: []string{"inserts", "registers", "six-steps"},
	Faults: map[string][]string{
		Service: {"kill", "pause", "cut", "slow", "reset", "blackout", "full-disk"},
		"lists": {"crash", "heal"},
		"locks": {"crash", "hold", "heal"},
	},
	OnFiles: []string{"full-disk"},
	OfAll:   []string{"blackout"},
	Longest: map[string]time.Duration{"lists": time.Minute},
}

func TestASeedDrawsOneRun(t *testing.T) {
	for seed := range uint64(100) {
		if one, other := Draw(seed, "", menu), Draw(seed, "", menu); !reflect.DeepEqual(one, other) {
			t.Fatalf("seed %d draws %v, and then %v", seed, one, other)
		}
	}
}

// TestSeedsDrawEverything wants each size, kind, workload and fault to be drawn,
// and nothing that is not on the menu.
func TestSeedsDrawEverything(t *testing.T) {
	drawn := map[any]int{}
	for seed := range uint64(500) {
		run := Draw(seed, "", menu)
		for _, of := range []any{run.Kind, run.Disks, run.Nodes, run.Period, run.SnapshotEntries} {
			drawn[of]++
		}
		for _, name := range slices.Concat(run.Nemeses, run.Workloads) {
			drawn[run.Kind+" "+name]++
		}
		if faults := menu.Faults[run.Kind]; len(run.Nemeses) < 2 || len(run.Nemeses) > mostFaults || !subset(run.Nemeses, faults) {
			t.Fatalf("seed %d draws the faults %v from %v", seed, run.Nemeses, faults)
		}
		if slices.Contains(run.Nemeses, "full-disk") && run.Disks != Files {
			t.Fatalf("seed %d draws the fault of a disk in memory", seed)
		}
		if slices.Contains(run.Nemeses, "blackout") && run.Kind == Service && run.Period < leastPeriodOfAll {
			t.Fatalf("seed %d ends all nodes every %v", seed, run.Period)
		}
		if run.Clients%run.Nodes != 0 || (len(run.Workloads) > 0) != (run.Kind == Service) {
			t.Fatalf("seed %d draws %+v", seed, run)
		}
	}
	for _, want := range []any{
		"service", "lists", "locks", Memory, Files, 3, 5, 500 * time.Millisecond, 4 * time.Second, uint64(5), uint64(1000),
		"service kill", "service blackout", "service inserts", "service six-steps", "lists heal", "locks hold",
	} {
		if drawn[want] == 0 {
			t.Errorf("500 seeds never draw %v", want)
		}
	}
}

func TestAKindThatIsGivenHasItsOwnFaults(t *testing.T) {
	for seed := range uint64(50) {
		if run := Draw(seed, "locks", menu); run.Kind != "locks" || !subset(run.Nemeses, menu.Faults["locks"]) {
			t.Fatalf("seed %d draws %+v", seed, run)
		}
	}
}

func TestAKindMayBeLimited(t *testing.T) {
	for kind, want := range map[string]time.Duration{"lists": time.Minute, "locks": time.Hour} {
		if got := menu.Within(Run{Kind: kind, Virtual: time.Hour}).Virtual; got != want {
			t.Errorf("%s lasts %v, want %v", kind, got, want)
		}
	}
}

func TestALongRunMakesFewerOperationsAndFaultsASecond(t *testing.T) {
	for _, test := range []struct {
		virtual time.Duration
		rate    int
		period  time.Duration
	}{
		{time.Second, 160, time.Second},
		{time.Minute, 160, time.Second},
		{3 * time.Minute, 53, 3 * time.Second},
		{time.Hour, leastRate, mostPeriod},
	} {
		got := (Run{Kind: Service, Rate: 160, Period: time.Second}).Lasting(test.virtual)
		if got.Virtual != test.virtual || got.Rate != test.rate || got.Period != test.period {
			t.Errorf("%v: %v with %d operations a second and a fault each %v, want %d and %v",
				test.virtual, got.Virtual, got.Rate, got.Period, test.rate, test.period)
		}
	}
	if got := (Run{Kind: "locks"}).Lasting(time.Hour); got.Rate != 0 || got.Period != 0 {
		t.Errorf("a run whose clients do not wait has %d operations a second, and a fault each %v", got.Rate, got.Period)
	}
}

func TestTheFlagsOfARunAreTheRun(t *testing.T) {
	for seed := range uint64(100) {
		want := Draw(seed, "", menu)
		want.Virtual = 90 * time.Second
		var got Run
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		got.Bind(flags)
		if err := flags.Parse(want.Args()); err != nil {
			t.Fatal(err)
		}
		got.Seed = seed
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v\nfrom %v", got, want, want.Args())
		}
	}
}

func TestWhatIsGivenReplacesWhatIsDrawn(t *testing.T) {
	drawn := Draw(7, Service, menu)
	if got := (Run{}).Over(drawn); !reflect.DeepEqual(got, drawn) {
		t.Errorf("nothing was given, and %+v became %+v", drawn, got)
	}
	given := Run{
		Seed: 8, Kind: "locks", Virtual: time.Hour, Nodes: 7, Clients: 99, Rate: 1, Period: time.Minute,
		Workloads: []string{"x"}, Nemeses: []string{None}, Disks: "y", SnapshotEntries: 77, TrailingLogs: 78,
	}
	if got := given.Over(drawn); !reflect.DeepEqual(got, given) {
		t.Errorf("all was given, and %+v became %+v", given, got)
	}
	if faults := given.Faults(); len(faults) != 0 {
		t.Errorf("%v has the faults %v", given.Nemeses, faults)
	}
}

// TestMakingARunSmallerEnds takes each time the smaller run that is asked for
// last and the one that is asked for first.
func TestMakingARunSmallerEnds(t *testing.T) {
	for name, choose := range map[string]func([]Run) Run{
		"first": func(from []Run) Run { return from[0] },
		"last":  func(from []Run) Run { return from[len(from)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			run := Draw(3, Service, menu)
			run.Virtual, run.Nodes, run.Clients = 10*time.Minute, 5, 20
			run.Nemeses, run.Workloads = menu.Faults[Service], menu.Workloads
			for steps := 0; len(run.Smaller()) > 0; steps++ {
				if steps == 100 {
					t.Fatalf("after 100 steps it is still %v", run.Args())
				}
				run = choose(run.Smaller())
			}
			if run.Virtual >= 2*shortest || run.Nodes != 3 || run.Clients != 3 || len(run.Workloads) != 1 || !slices.Equal(run.Nemeses, []string{None}) {
				t.Errorf("nothing is smaller than %v", run.Args())
			}
		})
	}
}

func TestAResultComesBackFromItsFile(t *testing.T) {
	want := Result{
		Run: Draw(5, "", menu), Outcome: Violation, Rules: []string{"items"}, Findings: []string{"two\nlines"},
		Virtual: time.Minute, Records: 12, Trace: "abc",
	}
	path := filepath.Join(t.TempDir(), "result")
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Read(path + "-none"); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestWhatNoRunCanHaveIsRefused(t *testing.T) {
	for _, test := range []struct {
		given Run
		want  string
	}{
		{Run{}, ""},
		{Run{Kind: "locks", Nemeses: []string{"crash", "hold"}, Disks: Files}, ""},
		{Run{Nemeses: []string{None}}, ""},
		{Run{Kind: "flood"}, `-kind is "flood", want one of lists, locks, service`},
		{Run{Disks: "tape"}, `-disks is "tape"`},
		{Run{Kind: "lists", Nemeses: []string{"hold"}}, `of the kind lists: no simulated run has it: -nemesis is "hold", want one of crash, heal`},
		{Run{Nemeses: []string{"kill"}}, `of the kind lists`},
	} {
		err := menu.Check(test.given)
		if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.Contains(got, test.want) || (err != nil) != errors.Is(err, ErrUnknown) {
			t.Errorf("%+v: got %q, want %q", test.given, got, test.want)
		}
	}
}
