package sim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

const (
	ms = time.Millisecond
	// ledUntil is when the last sign of a leader came, of one each 50 ms.
	ledUntil = 1500 * ms
)

// TestLeasesAreJudged by histories of one item, which was inserted between 10
// and 20 ms with a lease of 100 ms.
func TestLeasesAreJudged(t *testing.T) {
	with, without := treesOfOne(t)
	gone := func(at time.Duration) sighting { return sighting{-1, at, without} }
	there := func(at time.Duration) sighting { return sighting{at, at + ms, with} }
	inserted := grant{100 * ms, 10 * ms, 20 * ms}
	refreshed := grant{100 * ms, 50 * ms, 60 * ms}
	shorter, unknown := grant{10 * ms, 50 * ms, 60 * ms}, grant{10 * ms, 50 * ms, never}
	stays := grant{forever, 50 * ms, 60 * ms}
	for name, c := range map[string]struct {
		grants   []grant
		removals []time.Duration
		seen     sighting
		healed   time.Duration
		want     string
	}{
		"it ends with the lease":          {[]grant{inserted}, nil, gone(110 * ms), 0, ""},
		"it ends before":                  {[]grant{inserted}, nil, gone(109 * ms), 0, "until 110ms"},
		"it ends before, removed later":   {[]grant{inserted}, []time.Duration{80 * ms}, gone(79 * ms), 0, "until 110ms"},
		"it was removed":                  {[]grant{inserted}, []time.Duration{80 * ms}, gone(81 * ms), 0, ""},
		"refreshed, it ends with that":    {[]grant{inserted, refreshed}, nil, gone(150 * ms), 0, ""},
		"refreshed, it ends before":       {[]grant{inserted, refreshed}, nil, gone(149 * ms), 0, "until 150ms"},
		"made shorter":                    {[]grant{inserted, shorter}, nil, gone(60 * ms), 0, ""},
		"made shorter, it ends before":    {[]grant{inserted, shorter}, nil, gone(59 * ms), 0, "until 60ms"},
		"made shorter, perhaps":           {[]grant{inserted, unknown}, nil, gone(60 * ms), 0, ""},
		"refreshed when it was gone":      {[]grant{inserted, unknown, {100 * ms, 70 * ms, 80 * ms}}, nil, gone(60 * ms), 0, "refreshed later"},
		"it was to stay":                  {[]grant{inserted, stays}, nil, gone(time.Hour), 0, "until 1000h"},
		"it stays":                        {[]grant{inserted, stays}, nil, there(time.Hour), 1, ""},
		"it is there within the bound":    {[]grant{inserted}, nil, there(370 * ms), 1, ""},
		"it is there later":               {[]grant{inserted}, nil, there(371 * ms), 1, "should have been gone"},
		"it is there after a leader":      {[]grant{inserted}, nil, there(1570 * ms), 0, ""},
		"it is there long after a leader": {[]grant{inserted}, nil, there(1571 * ms), 0, "should have been gone"},
		"it is there without a leader":    {[]grant{inserted}, nil, there(ledUntil + time.Hour), 0, ""},
		"it may have been granted later":  {[]grant{inserted, unknown}, nil, there(1571 * ms), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := &leases{healed: c.healed, sightings: []sighting{c.seen}}
			l.items = []*leased{{number: 1, created: with.Revision(), grants: c.grants, removals: c.removals}}
			for at := time.Duration(0); at <= ledUntil; at += 50 * ms {
				l.reigns.made(at, at)
			}
			findings, _ := l.judge()
			findings = slices.DeleteFunc(findings, func(f string) bool { return strings.Contains(f, "says nothing") })
			if (c.want == "") != (len(findings) == 0) || !strings.Contains(strings.Join(findings, "\n"), c.want) {
				t.Errorf("found %q, want %q", findings, c.want)
			}
		})
	}
}

// treesOfOne returns a tree with the first item, and one in which it is gone.
func treesOfOne(t *testing.T) (with, without *tree.Tree) {
	x := &leased{number: 1}
	with, _, err := cluster.Transaction{Then: []cluster.Op{x.inserting()}}.Try(tree.New())
	if err != nil {
		t.Fatal(err)
	}
	without, _, err = cluster.Transaction{Then: []cluster.Op{cluster.Remove(x.path())}}.Try(with)
	if err != nil {
		t.Fatal(err)
	}
	return with, without
}
