package cycles

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestSameHistoryGivesTheSameReport takes all anomalous histories for parts of
// one, so that there is much to report, and in no order of its own.
func TestSameHistoryGivesTheSameReport(t *testing.T) {
	var history []Transaction
	names := make([]string, 0, len(anomalous))
	for name, c := range anomalous {
		if !slices.Contains(c.want, Malformed) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, tx := range anomalous[name].history {
			tx.Ops = slices.Clone(tx.Ops)
			for i := range tx.Ops {
				tx.Ops[i].Key = name + " " + tx.Ops[i].Key
			}
			history = append(history, tx)
		}
	}
	// Two that have lost each other's updates in many lists: of which one the
	// report tells is the question.
	var one, two, three []Op
	for i := range 20 {
		key := fmt.Sprint("both ", i)
		one = append(one, Read(key), Append(key, 1))
		two = append(two, Read(key), Append(key, 2))
		three = append(three, Read(key, 1, 2))
	}
	history = append(history, together(one, two, three)...)
	report := func() string {
		var text strings.Builder
		for _, anomaly := range Check(history) {
			text.WriteString(anomaly.String() + "\n")
		}
		return text.String()
	}
	want := report()
	if strings.Count(want, "\n") < 10 {
		t.Fatalf("little is reported:\n%s", want)
	}
	for range 20 {
		if got := report(); got != want {
			t.Fatalf("once\n%s\nand once\n%s", want, got)
		}
	}
}
