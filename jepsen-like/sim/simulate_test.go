package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/overlay/seeded"
	"example.com/gstate/jepsen-like/report"
	"example.com/gstate/jepsen-like/swarm"
	service "example.com/gstate/jepsen-like/workload"
)

// given is what the flags say of each run; the seed draws the rest.
var given = swarm.Run{Virtual: 10 * time.Second}

func init() { given.Bind(flag.CommandLine) }

// What a process is told that makes one run.
var (
	resultTo = flag.String("result", "", "the file that the result of a simulation is written to")
	traceTo  = flag.String("trace", "", "the file that all is written to that a simulation records")
	recordTo = flag.String("record", "", "the folder that is made for what a simulation of the kind service has recorded, if it fails")
	storeIn  = flag.String("folder", "", "the folder in which simulated nodes store their files; empty: they store in memory")
	planted  = flag.String("plant", "", "the bug that the nodes of a simulation have")
)

// TestSimulate makes whole runs, each of another kind, size and mix of faults.
func TestSimulate(t *testing.T) {
	if err := menu().Check(given); err != nil {
		t.Fatal(err)
	}
	if _, known := plantedBugs[*planted]; !known {
		t.Fatalf("-plant is %q, want one of %q", *planted, slices.Sorted(maps.Keys(plantedBugs)))
	}
	for i := range uint64(*seeds) {
		drawn := swarm.Draw(*first+i, given.Kind, menu()).Lasting(given.Virtual)
		run := menu().Within(given.Over(drawn))
		t.Run(fmt.Sprint("seed ", run.Seed), func(t *testing.T) {
			t.Parallel()
			store(t, swarm.Result{Run: run, Outcome: swarm.Begun})
			s := simulation{run: run, bug: *planted}
			s.trace = newTrace(openTrace(t))
			result := s.play(t)
			store(t, result)
			t.Logf("%v: %v, %v of virtual time, %d records, trace %s", run, result.Outcome, result.Virtual, result.Records, result.Trace)
			if result.Outcome != swarm.Pass {
				t.Errorf("seed %d: %s\n%s\nto see it again:\n\t%s", run.Seed, result.Outcome, strings.Join(result.Findings, "\n"), run.Command())
			}
		})
	}
}

// store writes the result where it is wanted.
func store(t *testing.T, result swarm.Result) {
	if *resultTo == "" {
		return
	}
	if err := result.Write(*resultTo); err != nil {
		t.Fatal(err)
	}
}

// openTrace opens the file for the trace, or returns nil when none is wanted.
func openTrace(t *testing.T) io.Writer {
	if *traceTo == "" {
		return nil
	}
	file, err := os.Create(*traceTo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// menu returns what runs are drawn from: half of them are those that real
// processes have, too.
func menu() swarm.Menu {
	names := slices.Sorted(maps.Keys(kinds))
	m := swarm.Menu{
		Faults: map[string][]string{}, Longest: map[string]time.Duration{},
		OfAll: []string{nemesis.KillAllName, nemesis.PowerCutAllName},
	}
	for _, name := range names {
		m.Kinds = append(m.Kinds, swarm.Service, name)
		m.Faults[name] = allFaults()
		m.Longest[name] = longest
	}
	m.Longest["lists"] = longestLists
	for _, share := range service.All([]string{"a", "b", "c"}) {
		m.Workloads = append(m.Workloads, share.Workload.Name())
	}
	f, l := new(fleet), &links{ids: []string{"a", "b", "c", "d", "e"}}
	for _, fault := range nodeAndNetworkFaults(f, l) {
		if fault.Available() == nil {
			m.Faults[swarm.Service] = append(m.Faults[swarm.Service], fault.Name())
		}
	}
	for _, fault := range diskFaults(f) {
		m.OnFiles = append(m.OnFiles, fault.Name())
	}
	m.Faults[swarm.Service] = append(m.Faults[swarm.Service], m.OnFiles...)
	for _, fault := range nemesis.OfClocks(f) {
		m.Faults[swarm.Service] = append(m.Faults[swarm.Service], fault.Name())
	}
	return m
}

// longest is how long runs within the process may be: what proves them right
// grows faster than they do.
const longest = 30 * time.Second

// longestLists is shorter: each read of a list is as long as the list has become,
// and the history keeps them all.
const longestLists = 10 * time.Second

// serviceFaults are all faults of the kind swarm.Service.
func serviceFaults(f *fleet, l *links) []nemesis.Nemesis {
	return slices.Concat(nodeAndNetworkFaults(f, l), diskFaults(f), nemesis.OfClocks(f))
}

// diskFaults are those of nodes that store in files.
func diskFaults(f *fleet) []nemesis.Nemesis {
	return slices.Concat(nemesis.OfDisks(f), nemesis.OfFiles(f))
}

// nodeAndNetworkFaults are those that need no disks.
func nodeAndNetworkFaults(f *fleet, l *links) []nemesis.Nemesis {
	return slices.Concat(nemesis.OfNodes(f), nemesis.OfServices(f), nemesis.OfNetwork(l), ownFaults(f, l))
}

// simulation is one run.
type simulation struct {
	run   swarm.Run
	trace *trace
	// bug names the planted one; empty: there is none.
	bug    string
	result swarm.Result
}

// play makes the run and judges it.
func (s *simulation) play(t *testing.T) swarm.Result {
	s.result = swarm.Result{Run: s.run, Outcome: swarm.Pass}
	if s.run.Kind == swarm.Service {
		s.playService(t)
	} else {
		s.playKind(t, kinds[s.run.Kind])
	}
	s.result.Records, s.result.Trace = s.trace.sum()
	return s.result
}

// inBubble lets virtual time pass for a run, and counts it.
func (s *simulation) inBubble(t *testing.T, run func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		seedBubble(t, s.run)
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			collect(ctx)
		}()
		run(t)
		stop()
		<-done
		s.result.Virtual = time.Since(began)
	})
	// Judging need not repeat but in what is found.
	debug.SetGCPercent(100)
}

// collectPeriod is how often garbage is looked for. A busy second leaves some ten
// megabytes.
const collectPeriod = time.Second

// collect collects garbage at moments at which nothing else runs, until ctx ends.
func collect(ctx context.Context) {
	ticks := time.NewTicker(collectPeriod)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			synctest.Wait()
			seeded.Collect()
		}
	}
}

// playKind makes a run whose clients are within the process.
func (s *simulation) playKind(t *testing.T, k runKind) {
	load := k.load()
	var findings []string
	s.inBubble(t, func(t *testing.T) {
		w := newWorld(t, s.run, plantedBugs[s.bug].inside, tuning(load))
		w.log = s.trace
		findings = w.through(load)
	})
	judged, done := load.judge()
	fmt.Fprintln(s.trace, findings, judged, done)
	s.add(s.run.Kind, append(findings, judged...)...)
	if enough := k.enough * int(s.run.Virtual/time.Second) / int(shortRun(0).Virtual/time.Second); done < enough {
		s.void(fmt.Sprintf("%d operations were made, want %d at least", done, enough))
	}
}

// playService makes a run as real processes have it.
func (s *simulation) playService(t *testing.T) {
	var record harness.Record
	var err error
	s.inBubble(t, func(t *testing.T) {
		w := newWorld(t, s.run, none, nil)
		w.log = s.trace
		f := newFleet(w)
		f.plant = plantedBugs[s.bug].service
		record, err = s.serve(t.Context(), f)
		err = errors.Join(err, f.close())
	})
	if err != nil {
		t.Fatalf("the harness is broken: %v", err)
	}
	verdict, err := record.Judge()
	if err != nil {
		t.Fatal(err)
	}
	record.Print(s.trace, verdict)
	if verdict.Outcome() == harness.Broken {
		t.Fatalf("the harness is broken: %s", verdict.Failure)
	}
	for _, finding := range verdict.Violations {
		s.add(finding.Rule, finding.String())
	}
	if *recordTo != "" && len(verdict.Violations) > 0 {
		keep(t, *recordTo, record, verdict)
	}
	s.void(verdict.Void...)
}

// keep writes to a folder what the harness keeps of a run of real processes.
func keep(t *testing.T, dir string, record harness.Record, verdict harness.Verdict) {
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		err = errors.Join(record.SaveHistory(dir), record.Save(dir), report.Write(dir, record, verdict))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// calm is how long the clients go on when the faults are over, as in real runs.
const calm = 4 * time.Second

// serve lets the harness run on the nodes, and returns what it has recorded.
func (s *simulation) serve(ctx context.Context, f *fleet) (harness.Record, error) {
	if s.run.Disks == swarm.Files && *storeIn != "" {
		if err := f.storeIn(*storeIn); err != nil {
			return harness.Record{}, err
		}
	}
	l, err := newLinks(f)
	if err != nil {
		return harness.Record{}, err
	}
	faults := serviceFaults(f, l)
	transport := f.transport()
	defer transport.CloseIdleConnections()
	config := harness.Config{
		Time: s.run.Virtual, Calm: calm, Seed: s.run.Seed, Clients: s.run.Clients, Rate: s.run.Rate, Period: s.run.Period,
		Workloads: s.run.Workloads, Nemeses: s.possible(faults), Command: s.run.Command(),
	}
	h, err := harness.New(config, f, faults, transport, s.trace, s.trace)
	if err != nil {
		return harness.Record{}, err
	}
	if err := h.Play(ctx); err != nil {
		return harness.Record{}, err
	}
	return h.Record(), nil
}

// possible returns the faults of the run but for those that cannot be made: a ring
// needs more than three nodes, and a disk the overlay.
func (s *simulation) possible(all []nemesis.Nemesis) []string {
	return slices.DeleteFunc(s.run.Faults(), func(name string) bool {
		at := slices.IndexFunc(all, func(fault nemesis.Nemesis) bool { return fault.Name() == name })
		return at >= 0 && all[at].Available() != nil
	})
}

// add notes that a rule was broken.
func (s *simulation) add(rule string, findings ...string) {
	if len(findings) == 0 {
		return
	}
	s.result.Outcome = swarm.Violation
	if !slices.Contains(s.result.Rules, rule) {
		s.result.Rules = append(s.result.Rules, rule)
	}
	s.result.Findings = append(s.result.Findings, findings...)
}

// void notes why the run says nothing. A violation says something.
func (s *simulation) void(reasons ...string) {
	if len(reasons) > 0 && s.result.Outcome == swarm.Pass {
		s.result.Outcome = swarm.Void
		s.result.Findings = append(s.result.Findings, reasons...)
	}
}
