package simulate

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// few is a campaign of four seeds.
var few = Campaign{First: 5, Last: 8, Given: swarm.Run{Kind: "lists", Virtual: time.Minute}, Processes: 2, Shrunk: 1, Most: 2}

func TestACampaignCountsItsRuns(t *testing.T) {
	for _, test := range []struct {
		guest string
		twice bool
		want  Summary
		says  []string
	}{
		{"pass", false, Summary{Passed: 4}, []string{"seed 5: PASS", "seed 8: PASS"}},
		{"void", false, Summary{Void: 4}, []string{"seed 6: VOID"}},
		{"fail", false, Summary{Failed: 4}, []string{"seed 7: FAIL", "go run ./jepsen-like simulate -seeds "}},
		{"panic", false, Summary{Failed: 4}, []string{"seed 7: CRASH", "livelock: 17 records"}},
		{"pass", true, Summary{Passed: 4}, []string{"seed 5: PASS"}},
		{"unlike", true, Summary{Passed: 4, Differing: 4}, []string{"the second time: PASS, 3 records, trace"}},
	} {
		t.Run(test.guest, func(t *testing.T) {
			c := few
			c.Twice = test.twice
			var out bytes.Buffer
			got, err := c.Run(t.Context(), program(t, test.guest), &out)
			if err != nil {
				t.Fatal(err)
			}
			if got.Virtual != 4*time.Minute || got.Took <= 0 {
				t.Errorf("%v of virtual time in %v", got.Virtual, got.Took)
			}
			got.Virtual, got.Took = 0, 0
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			for _, want := range test.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in\n%s", want, out.String())
				}
			}
		})
	}
}

func TestACampaignThatCannotMakeARunEnds(t *testing.T) {
	c := few
	c.Last = 1 << 40
	if got, err := c.Run(t.Context(), program(t, "silent"), new(bytes.Buffer)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, %v", got, err)
	}
}
