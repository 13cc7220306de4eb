package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
)

// Schema is the version of Summary. Fields may be added to a version; none
// changes its meaning or goes without a new one.
const Schema = 1

// listedPerRule is how many findings of one rule the summary has.
const listedPerRule = 20

// Summary is what is in summary.json. All times are in nanoseconds, those with a
// place in the run since its start.
type Summary struct {
	Schema int `json:"schema"`
	// Verdict is PASS, FAIL, VOID or BROKEN. Void has the reasons why the run proves
	// nothing, and Failure is what the harness could not do.
	Verdict harness.Outcome `json:"verdict"`
	Void    []string        `json:"void,omitempty"`
	Failure string          `json:"failure,omitempty"`
	// Rules are those that were broken, in the order in which they first were.
	Rules    []Broken  `json:"rules,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
	// Config has the seed, the workloads, the faults, and the command that makes
	// the run again.
	Config   harness.Config    `json:"config"`
	Nodes    []string          `json:"nodes"`
	Versions map[string]string `json:"versions,omitempty"`
	Began    time.Time         `json:"began"`
	// Duration is that of the whole run, and Healed is when the last fault ended.
	// Recovery is how long the nodes then took to come together. 0: they did not.
	Duration time.Duration `json:"duration_ns"`
	Healed   time.Duration `json:"healed_ns"`
	Recovery time.Duration `json:"recovery_ns"`
	// Operations are counted by workload and function.
	Operations []Operations `json:"operations"`
	// Kinds of faults are counted by name; Faults are all of them.
	Kinds  []Kind  `json:"fault_kinds"`
	Faults []Fault `json:"faults"`
	// Outages are the times without an acknowledged write, the longest first.
	Outages []Outage `json:"outages,omitempty"`
	// Crashes and Problem tell of nodes that ended by themselves, or did not come
	// together. Ends are the nodes' own words at the end.
	Crashes []string        `json:"crashes,omitempty"`
	Problem string          `json:"problem,omitempty"`
	Ends    []client.Status `json:"ends,omitempty"`
}

// Broken is a rule that was broken.
type Broken struct {
	Rule string `json:"rule"`
	// Count is how often, and First when it showed first.
	Count int           `json:"count"`
	First time.Duration `json:"first_ns"`
}

// Finding is a checker.Finding of the summary.
type Finding struct {
	Rule string        `json:"rule"`
	Text string        `json:"text"`
	Time time.Duration `json:"time_ns"`
	// Events are the indices in the history at which its calls were invoked, the
	// decisive one last.
	Events []int `json:"events,omitempty"`
}

// Operations counts those of one function of one workload.
type Operations struct {
	Workload string           `json:"workload"`
	Function history.Function `json:"function"`
	OK       int              `json:"ok"`
	Refused  int              `json:"refused"`
	Unknown  int              `json:"unknown"`
	// Codes counts the refusals by their code. One without a code never reached
	// a node, or is a read without an answer.
	Codes map[string]int `json:"codes,omitempty"`
	// P50, P99 and Max are how long those that were done took.
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
	Max time.Duration `json:"max_ns"`
}

// Kind counts the faults of one name.
type Kind struct {
	Name string `json:"name"`
	// Made is how many there were, Effective how many had an effect, Leader how
	// many hit a leader.
	Made      int `json:"made"`
	Effective int `json:"effective"`
	Leader    int `json:"leader"`
	// Outage is the longest time without an acknowledged write that one of them
	// had a part in.
	Outage time.Duration `json:"outage_ns"`
}

// summarize counts what a run was made of.
func summarize(r harness.Record, v harness.Verdict, operations []operation, at func(checker.Finding) time.Duration) Summary {
	s := Summary{
		Schema: Schema, Verdict: v.Outcome(), Void: v.Void, Failure: v.Failure,
		Config: r.Config, Nodes: r.Nodes, Versions: r.Versions, Began: r.Began,
		Duration: duration(r.Events), Healed: healed(r.Events), Recovery: r.End.Took,
		Operations: countOperations(operations),
		Faults:     faultsOf(r.Events),
		Problem:    r.End.Problem, Ends: r.End.Statuses,
	}
	s.Outages = outagesOf(operations, s.Faults, s.Healed)
	s.Kinds = countFaults(s.Faults)
	for _, crash := range r.Crashes {
		s.Crashes = append(s.Crashes, crash.String())
	}
	s.list(v.Violations, at)
	return s
}

// list adds the findings.
func (s *Summary) list(findings []checker.Finding, at func(checker.Finding) time.Duration) {
	for _, finding := range findings {
		place := slices.IndexFunc(s.Rules, func(b Broken) bool { return b.Rule == finding.Rule })
		if place < 0 {
			place = len(s.Rules)
			s.Rules = append(s.Rules, Broken{Rule: finding.Rule, First: at(finding)})
		}
		broken := &s.Rules[place]
		broken.First = min(broken.First, at(finding))
		if broken.Count++; broken.Count > listedPerRule {
			continue
		}
		listed := Finding{Rule: finding.Rule, Text: finding.Text, Time: at(finding)}
		for _, call := range finding.Calls {
			if call.Invoked != history.Never { // as a read of what the nodes held at the end is
				listed.Events = append(listed.Events, call.Invoked)
			}
		}
		s.Findings = append(s.Findings, listed)
	}
	slices.SortStableFunc(s.Rules, func(a, b Broken) int { return cmp.Compare(a.First, b.First) })
}

// group is what is counted together.
type group struct {
	workload string
	function history.Function
}

func countOperations(operations []operation) []Operations {
	counts := map[group]*Operations{}
	took := map[group][]time.Duration{}
	for _, o := range operations {
		key := group{o.Workload, o.Function}
		if counts[key] == nil {
			counts[key] = &Operations{Workload: key.workload, Function: key.function, Codes: map[string]int{}}
		}
		counts[key].add(o)
		if o.Kind == history.OK {
			took[key] = append(took[key], o.took())
		}
	}
	var list []Operations
	for key, count := range counts {
		slices.Sort(took[key])
		count.P50, count.P99, count.Max = quantile(took[key], 0.5), quantile(took[key], 0.99), quantile(took[key], 1)
		list = append(list, *count)
	}
	slices.SortFunc(list, func(a, b Operations) int {
		return cmp.Or(cmp.Compare(a.Workload, b.Workload), cmp.Compare(a.Function, b.Function))
	})
	return list
}

func (c *Operations) add(o operation) {
	switch o.Kind {
	case history.OK:
		c.OK++
	case history.Fail:
		c.Refused++
		c.Codes[o.Code]++
	default:
		c.Unknown++
	}
}

// quantile returns that of sorted values, 0 if there are none.
func quantile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

func countFaults(faults []Fault) []Kind {
	kinds := map[string]Kind{}
	for _, f := range faults {
		k := kinds[f.Name]
		k.Name = f.Name
		k.Made++
		if f.Effect != "" {
			k.Effective++
		}
		if f.Leader {
			k.Leader++
		}
		k.Outage = max(k.Outage, f.Outage)
		kinds[f.Name] = k
	}
	var list []Kind
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, kinds[name])
	}
	return list
}

// Refusals lists the codes, for people.
func (c Operations) Refusals() string {
	text := ""
	for _, code := range slices.Sorted(maps.Keys(c.Codes)) {
		name := code
		if name == "" {
			name = "no answer"
		}
		text += fmt.Sprintf("%s %d, ", name, c.Codes[code])
	}
	return text[:max(0, len(text)-len(", "))]
}
