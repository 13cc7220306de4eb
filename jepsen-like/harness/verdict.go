package harness

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// Verdict is what a run says about the cluster.
type Verdict struct {
	// Violations are what the cluster must not do.
	Violations []checker.Finding
	// Void are the reasons why the run proves nothing, empty if it does.
	Void []string
	// Failure is what the harness could not do, empty if it did its work.
	Failure string
}

// Outcome is a verdict in a word.
type Outcome string

// The outcomes of a run.
const (
	Pass      Outcome = "PASS"
	Violation Outcome = "FAIL"
	Void      Outcome = "VOID"
	Broken    Outcome = "BROKEN"
)

// Outcome returns the verdict in a word. A violation counts also in a run that
// has tested too little, but one of a harness that is broken may be its own.
func (v Verdict) Outcome() Outcome {
	switch {
	case v.Failure != "":
		return Broken
	case len(v.Violations) > 0:
		return Violation
	case len(v.Void) > 0:
		return Void
	}
	return Pass
}

// Judge checks a run that was saved, with the rules of today. The error says
// which workload of the run there is no more.
func (r Record) Judge() (Verdict, error) {
	shares, err := workload.Choose(workload.All(r.Nodes), r.Config.Workloads)
	if err != nil {
		return Verdict{}, err
	}
	return r.judge(shares), nil
}

// judge checks the whole run.
func (r Record) judge(shares []workload.Share) Verdict {
	calls := history.Calls(r.Events)
	v := Verdict{Failure: r.Failure}
	for _, finding := range append(r.findings(shares, calls), checker.Availability(r.Events, maxGap)...) {
		if finding.Undecided {
			v.Void = append(v.Void, finding.String())
		} else {
			v.Violations = append(v.Violations, finding)
		}
	}
	slices.SortStableFunc(v.Violations, func(a, b checker.Finding) int { return cmp.Compare(a.Place(), b.Place()) })
	v.Void = append(v.Void, r.premises(shares, tallyOf(r.Events), disturbed(r.Events, calls))...)
	return v
}

// disturbed returns the calls that were invoked before the cluster had recovered.
func disturbed(events []history.Event, calls []history.Call) []history.Call {
	settled, ok := history.SettledAt(events)
	if !ok {
		return calls
	}
	return slices.DeleteFunc(slices.Clone(calls), func(call history.Call) bool { return call.Invoked > settled.Index })
}

// findings runs all checkers. If the nodes did not come together, those that
// need the end go without it.
func (r Record) findings(shares []workload.Share, calls []history.Call) []checker.Finding {
	var findings []checker.Finding
	for _, crash := range r.Crashes {
		findings = append(findings, checker.Finding{Rule: "crash", Text: crash.String(), At: crash.At.Sub(r.Began)})
	}
	if r.End.Problem == "" {
		findings = append(findings, checker.Agreement(r.End.Dumps)...)
	} else {
		findings = append(findings, checker.Finding{Rule: "liveness", Text: r.End.Problem})
	}
	findings = append(findings, checker.Revisions(calls, r.End.revision())...)
	findings = append(findings, checker.Sessions(calls)...)
	findings = append(findings, checker.Contract(calls)...)
	findings = append(findings, checker.Digests(r.Events)...)
	findings = append(findings, checker.Resources(r.Events)...)
	if settled, ok := history.SettledAt(r.Events); ok {
		findings = append(findings, checker.Staleness(calls, settled.Time)...)
	}
	for _, share := range shares {
		own := of(share.Workload.Name(), calls)
		findings = append(findings, share.Workload.Check(own, r.End.Dumps)...)
		if judge, ok := share.Workload.(workload.Judge); ok {
			findings = append(findings, judge.Judge(r.Events, calls, own)...)
		}
	}
	exercise := of(livenessWorkload, calls)
	if len(exercise) > 0 {
		findings = append(findings, checker.Liveness(exercise, r.Nodes, livenessEach)...)
	}
	findings = append(findings, checker.Items(exercise, r.End.Dumps)...)
	// Last: of several rules that one call breaks, those of its workload say more
	// clearly what it did.
	return append(findings, checker.Witness(r.Feeds, calls, r.End.Dumps)...)
}

// maxGap is how long the cluster may acknowledge nothing. A leader whose disk hangs
// stays in office for 20 seconds; the rest is for an election among other faults.
const maxGap = 28 * time.Second

// of returns the calls of one workload.
func of(name string, calls []history.Call) []history.Call {
	var own []history.Call
	for _, call := range calls {
		if call.Workload == name {
			own = append(own, call)
		}
	}
	return own
}

// shownFindings is how many violations of one rule are printed: one cause often
// breaks a rule on every item.
const shownFindings = 3

// Print tells what the run was made of, and what it says about the cluster.
func (r Record) Print(out io.Writer, v Verdict) {
	r.summarize(out)
	v.announce(out)
}

func (v Verdict) announce(out io.Writer) {
	count := map[string]int{}
	for _, finding := range v.Violations {
		if count[finding.Rule]++; count[finding.Rule] <= shownFindings {
			fmt.Fprintln(out, finding)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(out, "%s: %d violations\n", rule, count[rule])
	}
	for _, reason := range v.Void {
		fmt.Fprintln(out, "void:", reason)
	}
	switch v.Outcome() {
	case Broken:
		fmt.Fprintln(out, "broken:", v.Failure)
		fmt.Fprintln(out, "BROKEN: the harness could not do its work, and what is wrong with the cluster may come of that")
	case Violation:
		fmt.Fprintln(out, "FAIL: the cluster has done what it must not do")
	case Void:
		fmt.Fprintln(out, "VOID: the run has tested too little to say anything")
	default:
		fmt.Fprintln(out, "PASS")
	}
}
