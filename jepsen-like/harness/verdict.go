package harness

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// Verdict is what a run says about the cluster.
type Verdict struct {
	// Violations are what the cluster must not do.
	Violations []checker.Finding
	// Void are the reasons why the run proves nothing, empty if it does.
	Void []string
}

// Outcome is a verdict in a word.
type Outcome string

// The outcomes of a run.
const (
	Pass      Outcome = "PASS"
	Violation Outcome = "FAIL"
	Void      Outcome = "VOID"
)

// Outcome returns the verdict in a word. A violation counts also in a run that
// has tested too little.
func (v Verdict) Outcome() Outcome {
	switch {
	case len(v.Violations) > 0:
		return Violation
	case len(v.Void) > 0:
		return Void
	}
	return Pass
}

// judge checks the whole run and prints the summary.
func (h *Harness) judge(end ending) Verdict {
	events := h.recorder.Events()
	calls := history.Calls(events)
	var v Verdict
	for _, finding := range h.findings(calls, end) {
		if finding.Undecided {
			v.Void = append(v.Void, finding.String())
		} else {
			v.Violations = append(v.Violations, finding)
		}
	}
	total := tallyOf(events)
	slices.SortStableFunc(v.Violations, func(a, b checker.Finding) int { return cmp.Compare(a.Place(), b.Place()) })
	v.Void = append(v.Void, h.premises(total, calls)...)
	h.summarize(total, calls, end)
	h.announce(v)
	return v
}

// findings runs all checkers. If the nodes did not come together, those that
// need the end go without it.
func (h *Harness) findings(calls []history.Call, end ending) []checker.Finding {
	var findings []checker.Finding
	for _, crash := range h.cluster.Crashes() {
		findings = append(findings, checker.Finding{Rule: "crash", Text: crash.String()})
	}
	final := uint64(0)
	if end.problem == nil {
		final = end.dumps[0].Revision
		findings = append(findings, checker.Agreement(end.dumps)...)
	} else {
		findings = append(findings, checker.Finding{Rule: "liveness", Text: end.problem.Error()})
	}
	findings = append(findings, checker.Revisions(calls, final)...)
	for _, share := range h.shares {
		findings = append(findings, share.Workload.Check(of(share.Workload.Name(), calls), end.dumps)...)
	}
	exercise := of(livenessWorkload, calls)
	if len(exercise) > 0 {
		findings = append(findings, checker.Liveness(exercise, h.cluster.IDs(), livenessEach)...)
	}
	return append(findings, checker.Items(exercise, end.dumps)...)
}

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

// announce prints what the run says about the cluster.
func (h *Harness) announce(v Verdict) {
	count := map[string]int{}
	for _, finding := range v.Violations {
		if count[finding.Rule]++; count[finding.Rule] <= shownFindings {
			fmt.Fprintln(h.out, finding)
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(h.out, "%s: %d violations\n", rule, count[rule])
	}
	for _, reason := range v.Void {
		fmt.Fprintln(h.out, "void:", reason)
	}
	switch v.Outcome() {
	case Violation:
		fmt.Fprintln(h.out, "FAIL: the cluster has done what it must not do")
	case Void:
		fmt.Fprintln(h.out, "VOID: the run has tested too little to say anything")
	default:
		fmt.Fprintln(h.out, "PASS")
	}
}
