package mutants

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Table writes what came of the hunt for each bug, and of all in the end.
func Table(out io.Writer, scores []Score) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "bug\tworkload\tfaults\tchecker\tscore\tseeds\truns\tvirtual\treal\tby others\tfalse alarms")
	for _, s := range scores {
		fmt.Fprintln(w, strings.Join(s.row(), "\t"))
	}
	return w.Flush()
}

// String tells in a few lines what came of the hunt for a bug.
func (s Score) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s: %s, %d false alarms\n", s.Patch.Number, s.Patch.Name, s.hits(), len(s.Sound.Alarms))
	if s.Patch.Test != "" {
		fmt.Fprintf(&text, "    %s fails with it: %t\n", s.Patch.Test, s.OwnTestFails)
	}
	for _, try := range s.Tries {
		fmt.Fprintf(&text, "    %s\n", try)
	}
	for _, alarm := range s.Sound.Alarms {
		fmt.Fprintf(&text, "    FALSE ALARM: %s\n", alarm)
	}
	return text.String()
}

// String tells it in a few lines.
func (t Try) String() string {
	if t.Found != nil {
		return fmt.Sprintf("after %d runs, %v of virtual time in %v: %s", t.Runs, t.Virtual.Round(time.Second), t.Took.Round(time.Second/10), t.Found)
	}
	return fmt.Sprintf("NOT FOUND in %d runs, %v of virtual time in %v; found by others: %s",
		t.Runs, t.Virtual.Round(time.Second), t.Took.Round(time.Second/10), orNone(distinct(t.Others)))
}

// String tells it in a few lines.
func (a Alarm) String() string {
	first, _, _ := strings.Cut(a.Finding, "\n")
	return fmt.Sprintf("seed %d breaks %s: %s\n        %s", a.Seed, strings.Join(a.Rules, ", "), first, a.Command)
}

// row is the line of a bug.
func (s Score) row() []string {
	var seeds, others []string
	var virtual time.Duration
	runs := 0
	for _, try := range s.Tries {
		runs += try.Runs
		virtual += try.Virtual
		others = append(others, try.Others...)
		if try.Found != nil {
			seeds = append(seeds, fmt.Sprint(try.Found.Seed))
		}
	}
	return []string{
		s.Patch.Number + " " + s.Patch.Name, s.Patch.Workload, s.Patch.Faults, s.Patch.Checker,
		s.hits(), orNone(seeds), fmt.Sprint(runs),
		virtual.Round(time.Second).String(), s.Took.Round(time.Second / 10).String(),
		orNone(distinct(others)), fmt.Sprintf("%d in %d", len(s.Sound.Alarms), s.Sound.Runs),
	}
}

// hits says how often the bug was found.
func (s Score) hits() string {
	switch {
	case s.Patch.Mode != Test:
		return fmt.Sprintf("found %d of %d", s.Hits(), len(s.Tries))
	case s.OwnTestFails:
		return "found by its test"
	}
	return "NOT found by its test"
}

// distinct sorts the names and leaves out what is there twice.
func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// orNone joins the names.
func orNone(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ",")
}

// Summary is what came of all hunts.
type Summary struct {
	// Bugs is how many there were, and Found how many the expected checker has
	// found in each try.
	Bugs, Found int
	// OwnTests is how many of them have a test of the library, and Failed how many
	// of those tests fail with their bug.
	OwnTests, Failed int
	// Alarms is how many runs of the sound system broke a rule, of Runs.
	Alarms, Runs int
	// Virtual and Took are the time of those runs, and Hunted that of the tries.
	Virtual, Took, Hunted time.Duration
}

// Sum adds up scores.
func Sum(scores []Score) Summary {
	var sum Summary
	for _, s := range scores {
		sum.Bugs++
		if s.Found() {
			sum.Found++
		}
		if s.Patch.Test != "" {
			sum.OwnTests++
		}
		if s.OwnTestFails {
			sum.Failed++
		}
		sum.Alarms += len(s.Sound.Alarms)
		sum.Runs += s.Sound.Runs
		sum.Virtual += s.Sound.Virtual
		sum.Took += s.Sound.Took
		sum.Hunted += s.Took
	}
	return sum
}

// Good reports whether all was found that had to be, and nothing else.
func (s Summary) Good() bool {
	return s.Found == s.Bugs && s.Failed == s.OwnTests && s.Alarms == 0
}

// String tells it in three lines.
func (s Summary) String() string {
	return fmt.Sprintf("%d of %d planted bugs found in each try, in %v\n"+
		"%d of %d own tests of the library fail with their bug\n"+
		"%d false alarms in %d runs of the sound system, %v of virtual time in %v",
		s.Found, s.Bugs, s.Hunted.Round(time.Second), s.Failed, s.OwnTests,
		s.Alarms, s.Runs, s.Virtual.Round(time.Second), s.Took.Round(time.Second))
}
