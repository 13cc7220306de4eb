package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/workload"
)

// fakeRun is a run on a fake cluster, in virtual time.
type fakeRun struct {
	bug fake.Bug
	// change may change the configuration: 6 seconds and a calm one from seed 1.
	change func(*Config)
	// nodes replaces those that the nemesis works on, if it is not nil.
	nodes func(*fake.Cluster) nemesis.Nodes
	// transport replaces the cluster's own, if it is not nil.
	transport http.RoundTripper
	// interrupt ends the run so long after its start. 0: nothing does.
	interrupt time.Duration
}

// outcome is what came of a run.
type outcome struct {
	verdict Verdict
	err     error
	printed string
	// took is how long the run took.
	took   time.Duration
	events []history.Event
	// file is the history as it was written.
	file string
	// record is what is known of the run.
	record Record
}

func (r fakeRun) run(t *testing.T) (got outcome) {
	t.Helper()
	// One processor: the race detector can crash when timers of one bubble fire
	// on two at a time (golang/go#78156).
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	config := Config{
		Time: 6 * time.Second, Calm: time.Second, Seed: 1, Clients: 8, Rate: DefaultRate, Period: time.Second,
		Workloads: []string{workload.Every}, Nemeses: []string{nemesis.KillName, nemesis.PauseName},
	}
	if r.change != nil {
		r.change(&config)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if r.interrupt > 0 {
			time.AfterFunc(r.interrupt, cancel)
		}
		var out, file bytes.Buffer
		c := fake.New([]string{"a", "b", "c"}, r.bug)
		transport := r.transport
		if transport == nil {
			transport = c
		}
		var hit nemesis.Nodes = c
		if r.nodes != nil {
			hit = r.nodes(c)
		}
		h, err := New(config, c, nemesis.OfNodes(hit), transport, &file, &out)
		if err != nil {
			t.Error(err)
			return
		}
		began := time.Now()
		got.verdict, got.err = h.Run(ctx)
		got.took = time.Since(began)
		got.printed, got.events, got.file = out.String(), h.recorder.Events(), file.String()
		got.record = h.Record()
	})
	return got
}

func TestARunOnACorrectClusterPasses(t *testing.T) {
	for _, names := range []string{"kill", "pause", "kill,pause"} {
		t.Run("with "+names, func(t *testing.T) {
			got := fakeRun{change: func(c *Config) { c.Nemeses = strings.Split(names, ",") }}.run(t)
			if got.err != nil || got.verdict.Outcome() != Pass {
				t.Fatalf("verdict %v, error %v\n%s", got.verdict, got.err, got.printed)
			}
			if !strings.HasSuffix(got.printed, "PASS\n") {
				t.Errorf("the last line is not PASS:\n%s", got.printed)
			}
		})
	}
}

func TestARunFindsEveryBug(t *testing.T) {
	// These workloads find the bug alone. The rules must notice it, others may, too.
	expected := map[fake.Bug]struct {
		workloads string
		rules     []string
	}{
		fake.LostWrite:         {"inserts", []string{"inserts", "items"}},
		fake.LateLoss:          {"inserts", []string{"inserts", "items"}},
		fake.DoubleInsert:      {"inserts", []string{"inserts", "items"}},
		fake.StaleUpdate:       {"six-steps", []string{"stale-updates", "items"}},
		fake.IgnoredCondition:  {"registers", []string{"lost-updates", "items"}},
		fake.RefusedButMade:    {"inserts", []string{"inserts", "items", "revisions"}},
		fake.AppliedTwice:      {"inserts", []string{"revisions"}},
		fake.SharedRevision:    {"inserts", []string{"revisions"}},
		fake.StaleRead:         {"registers", []string{"revisions"}},
		fake.StaleRefusal:      {"six-steps", []string{"revisions"}},
		fake.StaleValue:        {"registers", []string{"linearizable", "items", "witness"}},
		fake.MissingMember:     {"inserts", []string{"set", "witness"}},
		fake.AddedTwice:        {"counters", []string{"counters", "witness"}},
		fake.FalseOutcome:      {"counters", []string{"counters"}},
		fake.UncheckedReads:    {"lists", []string{"lists"}},
		fake.HalfTransaction:   {"bank", []string{"bank", "witness"}},
		fake.OldPhantom:        {"on-call", []string{"on-call", "witness"}},
		fake.ForkedFeed:        {"inserts", []string{"witness"}},
		fake.SkippingFeed:      {"inserts", []string{"witness"}},
		fake.Diverged:          {"inserts", []string{"agreement"}},
		fake.Nonsense:          {"inserts", []string{"contract"}},
		fake.Deaf:              {"inserts", []string{"liveness"}},
		fake.NeverReady:        {"inserts", []string{"liveness"}},
		fake.Crashing:          {"inserts", []string{"crash"}},
		fake.DivergedForAWhile: {"inserts", []string{"digests"}},
		fake.BackwardRead:      {"sessions", []string{"sessions"}},
		fake.IgnoredRevision:   {"sessions", []string{"revisions"}},
		fake.StuckNode:         {"sessions", []string{"staleness", "sessions"}},
		fake.EarlyLease:        {"leases,locks", []string{"leases", "locks"}},
		fake.EndlessLease:      {"leases", []string{"leases"}},
		fake.Orphans:           {"leases", []string{"leases"}},
		fake.LostSession:       {"leases", []string{"leases"}},
		fake.LeftBehind:        {"leases", []string{"leases"}},
		fake.IgnoredLock:       {"locks", []string{"locks"}},
		fake.Leaking:           {"inserts", []string{"resources"}},
		fake.WatchGap:          {"watches", []string{"watches"}},
		fake.WatchTwice:        {"watches", []string{"watches"}},
		fake.WatchForgets:      {"watches", []string{"watches"}},
		fake.WatchUnrelated:    {"watches", []string{"watches"}},
	}
	// calm is for how long the clients must go on after the faults.
	calm := map[fake.Bug]time.Duration{}
	for _, bug := range []fake.Bug{fake.StuckNode, fake.EndlessLease, fake.Orphans, fake.LostSession} {
		calm[bug] = checker.StaleMax + time.Second
	}
	for _, bug := range fake.Bugs() {
		t.Run(string(bug), func(t *testing.T) {
			want := expected[bug]
			got := fakeRun{bug: bug, change: func(c *Config) {
				c.Workloads, c.Rate, c.Calm = strings.Split(want.workloads, ","), DefaultRate/2, max(c.Calm, calm[bug])
			}}.run(t)
			if got.err != nil || got.verdict.Outcome() != Violation {
				t.Fatalf("outcome %v, error %v, want a violation\n%s", got.verdict.Outcome(), got.err, got.printed)
			}
			var noticed []string
			for _, finding := range got.verdict.Violations {
				noticed = append(noticed, finding.Rule)
			}
			if len(want.rules) == 0 {
				t.Fatal("no rule is expected to notice this bug")
			}
			for _, rule := range want.rules {
				if !slices.Contains(noticed, rule) {
					t.Errorf("rule %s did not notice; those that did: %v", rule, slices.Compact(slices.Sorted(slices.Values(noticed))))
				}
			}
		})
	}
}

func TestARunEndsWhenAllWritesAreInvoked(t *testing.T) {
	got := fakeRun{change: func(c *Config) { c.Time, c.Writes = time.Hour, 3000 }}.run(t)
	if got.err != nil || got.verdict.Outcome() != Pass {
		t.Fatalf("verdict %v, error %v\n%s", got.verdict, got.err, got.printed)
	}
	settled, ok := history.SettledAt(got.events)
	disturbed, calm := 0, 0
	for _, event := range got.events {
		switch {
		case event.Kind != history.Invoke || !event.Function.Writes() || event.Workload == livenessWorkload:
		case event.Index < settled.Index:
			disturbed++
		default:
			calm++
		}
	}
	if !ok || disturbed != 3000 || calm < DefaultRate/4 {
		t.Errorf("%d writes were invoked during the faults, want 3000, and %d in the calm second after, want hundreds", disturbed, calm)
	}
}

func TestARunWithoutFaultsIsVoid(t *testing.T) {
	got := fakeRun{change: func(c *Config) { c.Period = time.Hour }}.run(t)
	if got.err != nil || got.verdict.Outcome() != Void || !strings.Contains(got.printed, "void: no fault was made") {
		t.Errorf("verdict %v, error %v\n%s", got.verdict, got.err, got.printed)
	}
}

func TestAnInterruptedRunHasNoVerdictAndLeavesNoFault(t *testing.T) {
	// In the first fault, which begins after a second and lasts a quarter of
	// one at least.
	got := fakeRun{interrupt: 1200 * time.Millisecond}.run(t)
	if !errors.Is(got.err, context.Canceled) {
		t.Errorf("error %v, want %v\n%s", got.err, context.Canceled, got.printed)
	}
	faults := tallyOf(got.events).faults
	if len(faults) < 2 || faults[len(faults)-1].Function != "heal" {
		t.Errorf("the last fault is not healed: %v", faults)
	}
}

// stubborn are nodes of which none can be paused, though they say so.
type stubborn struct{ *fake.Cluster }

var errStubborn = errors.New("the signal is lost")

func (stubborn) Pause(string) error { return errStubborn }

func TestANemesisThatFailsEndsTheRun(t *testing.T) {
	for _, bug := range []fake.Bug{fake.None, fake.LostWrite} {
		got := fakeRun{
			bug:    bug,
			change: func(c *Config) { c.Time = time.Minute },
			nodes:  func(c *fake.Cluster) nemesis.Nodes { return stubborn{c} },
		}.run(t)
		if got.err != nil || got.verdict.Outcome() != Broken || !strings.Contains(got.verdict.Failure, errStubborn.Error()) {
			t.Fatalf("verdict %v, error %v, want that it is broken, since %v\n%s", got.verdict, got.err, errStubborn, got.printed)
		}
		if got.took > time.Minute/2 {
			t.Errorf("the clients went on for %v", got.took)
		}
		settled, ok := history.SettledAt(got.events)
		if !ok || len(got.record.End.Dumps) != 3 || settled.Index == len(got.events)-1 {
			t.Errorf("settled %v, read back from %d nodes: the run goes on to its end", ok, len(got.record.End.Dumps))
		}
		if noticed := strings.Contains(got.printed, "inserts: an acknowledged insert is lost"); noticed != (bug == fake.LostWrite) {
			t.Errorf("%v: what the history says is printed: %v\n%s", bug, noticed, got.printed)
		}
		if again, err := got.record.Judge(); err != nil || again.Outcome() != Broken {
			t.Errorf("judged again it is %v, error %v", again.Outcome(), err)
		}
		if !strings.Contains(got.printed, "\nbroken: pause of ") || !strings.Contains(got.printed, "\nBROKEN: ") {
			t.Errorf("it does not say what is broken:\n%s", got.printed)
		}
	}
}

// rigid are nodes that cannot be paused.
type rigid struct{ *fake.Cluster }

var errRigid = errors.New("nothing can be paused here")

func (rigid) CanPause() error { return errRigid }

func TestARunSaysWhichFaultsAreMissing(t *testing.T) {
	for _, test := range []struct {
		names   string
		missing bool
	}{
		{nemesis.Every, true},
		{nemesis.KillName, false},
	} {
		var out bytes.Buffer
		c := rigid{fake.New([]string{"a", "b", "c"}, fake.None)}
		config := Config{Clients: 3, Workloads: []string{workload.Every}, Nemeses: []string{test.names}}
		h, err := New(config, c, nemesis.OfNodes(c), deadNetwork{}, &bytes.Buffer{}, &out)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Run(ctx); err == nil {
			t.Error("a run that was interrupted has a verdict")
		}
		if got := strings.Contains(out.String(), "missing: nemesis pause: nothing can be paused here"); got != test.missing {
			t.Errorf("%s: says that faults are missing: %v, want %v\n%s", test.names, got, test.missing, out.String())
		}
	}
}

// deadNetwork refuses every connection.
type deadNetwork struct{}

var errDead = errors.New("network is dead")

func (deadNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, errDead }

func TestAClusterThatDoesNotFormIsABrokenHarness(t *testing.T) {
	got := fakeRun{transport: deadNetwork{}}.run(t)
	if !errors.Is(got.err, errUnsettled) || !errors.Is(got.err, errDead) {
		t.Errorf("error %v, want %v because of %v", got.err, errUnsettled, errDead)
	}
}

func TestEveryProcessWaitsForItsAnswer(t *testing.T) {
	got := fakeRun{}.run(t)
	waiting, over := map[int]bool{}, map[int]bool{}
	unknown := 0
	for _, event := range got.events {
		switch {
		case event.Process < 0:
		case over[event.Process]:
			t.Fatalf("process %d goes on after an unknown outcome: %+v", event.Process, event)
		case (event.Kind == history.Invoke) == waiting[event.Process]:
			t.Fatalf("process %d has two operations at a time: %+v", event.Process, event)
		case event.Kind == history.Info:
			over[event.Process] = true
			unknown++
		}
		waiting[event.Process] = event.Kind == history.Invoke
	}
	if unknown == 0 {
		t.Error("the run has no unknown outcome")
	}
}

func TestTheHistoryFileHoldsTheWholeRun(t *testing.T) {
	got := fakeRun{change: func(c *Config) { c.Time = 2 * time.Second }}.run(t)
	lines := json.NewDecoder(strings.NewReader(got.file))
	for i, want := range got.events {
		var event history.Event
		if err := lines.Decode(&event); err != nil || !reflect.DeepEqual(event, want) {
			t.Fatalf("line %d is %+v, %v, want %+v", i, event, err, want)
		}
	}
	if lines.More() {
		t.Error("the file goes on after the last event")
	}
}
