package nemesis_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nemesis"
)

// TestPartitions says whom each node hears when c is hit. Where it depends on
// the seed, the shapes are given of all that are possible: how many hear how
// many.
func TestPartitions(t *testing.T) {
	for _, test := range []struct {
		name  string
		nodes int
		holds func(w *wiring) bool
	}{
		{nemesis.PartitionOneName, 3, func(w *wiring) bool { return hearing(w) == "ab ab c" }},
		{nemesis.PartitionOneName, 5, func(w *wiring) bool { return hearing(w) == "abde abde c abde abde" }},
		{nemesis.PartitionHalvesName, 3, func(w *wiring) bool { return hearing(w) == "ab ab c" }},
		{nemesis.PartitionHalvesName, 5, func(w *wiring) bool { return sizes(w) == "2 2 3 3 3" && len(w.heard("c")) == 2 }},
		{nemesis.PartitionHalvesName, 4, func(w *wiring) bool { return sizes(w) == "1 3 3 3" && len(w.heard("c")) == 1 }},
		{nemesis.PartitionRingName, 4, func(w *wiring) bool { return sizes(w) == "3 3 3 3" && different(w) == 4 }},
		{nemesis.PartitionRingName, 5, func(w *wiring) bool { return sizes(w) == "3 3 3 3 3" && different(w) == 5 }},
		{nemesis.PartitionRingName, 7, func(w *wiring) bool { return sizes(w) == "5 5 5 5 5 5 5" && different(w) == 7 }},
		{nemesis.PartitionBridgeName, 3, func(w *wiring) bool { return hearing(w) == "ac bc abc" }},
		{nemesis.PartitionBridgeName, 5, func(w *wiring) bool { return sizes(w) == "3 3 3 3 5" && w.heard("c") == "abcde" }},
		{nemesis.PartitionOneWayName, 3, func(w *wiring) bool {
			return hearing(w) == "abc abc c" || hearing(w) == "ab ab abc"
		}},
		{nemesis.PartitionFlappingName, 3, func(w *wiring) bool { return hearing(w) == "ab ab c" }},
	} {
		for seed := range uint64(20) {
			w := newWiring(test.nodes)
			fault := ofLinks(t, w, test.name)
			if _, err := fault.Start(seeded(seed)); err != nil {
				t.Fatal(err)
			}
			if !test.holds(w) {
				t.Errorf("%s of %d nodes, seed %d: they hear %s", test.name, test.nodes, seed, hearing(w))
			}
			if err := fault.Heal(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// hearing returns whom each node hears.
func hearing(w *wiring) string {
	var all []string
	for _, id := range w.ids {
		all = append(all, w.heard(id))
	}
	return strings.Join(all, " ")
}

// sizes returns how many each node hears, in order of that.
func sizes(w *wiring) string {
	var all []string
	for _, id := range w.ids {
		all = append(all, string(rune('0'+len(w.heard(id)))))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// different returns how many groups are heard.
func different(w *wiring) int {
	groups := map[string]bool{}
	for _, id := range w.ids {
		groups[w.heard(id)] = true
	}
	return len(groups)
}

func TestARingNeedsFourNodes(t *testing.T) {
	for count, want := range map[int]error{3: nemesis.ErrTooFewNodes, 4: nil} {
		_, err := nemesis.Choose(nemesis.OfNetwork(newWiring(count)), []string{nemesis.PartitionRingName})
		if !errors.Is(err, want) {
			t.Errorf("%d nodes: got %v, want %v", count, err, want)
		}
	}
}

func TestAOneWayPartitionMakesNodesDeafOrMute(t *testing.T) {
	details := map[string]string{}
	for seed := range uint64(20) {
		w := newWiring(3)
		detail, err := ofLinks(t, w, nemesis.PartitionOneWayName).Start(seeded(seed))
		if err != nil {
			t.Fatal(err)
		}
		details[detail] = hearing(w)
	}
	want := map[string]string{"deaf": "abc abc c", "mute": "ab ab abc"}
	if !maps.Equal(details, want) {
		t.Errorf("got %v, want %v", details, want)
	}
}

func TestFlappingChangesTheLinksAboutAsFastAsElectionsBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWiring(3)
		fault := ofLinks(t, w, nemesis.PartitionFlappingName)
		if _, err := fault.Start(seeded(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := fault.Stop(seeded(1)); err != nil || w.unsound() > 0 {
			t.Errorf("%d links are unsound, error %v", w.unsound(), err)
		}
		changes := w.changed["a>c"]
		// The last one is the end, which may come at any time.
		for i, at := range changes[1 : len(changes)-1] {
			if gap := at.Sub(changes[i]); gap < 90*time.Millisecond || gap > 600*time.Millisecond {
				t.Errorf("change %d comes %v after the one before", i+1, gap)
			}
		}
		if len(changes) < 100 || len(w.changed["a>b"]) > 1 {
			t.Errorf("%d changes of the node's links in a minute, and %d of the others'", len(changes), len(w.changed["a>b"]))
		}
	})
}

// brittle are links that cannot be changed any more after some changes.
type brittle struct {
	*wiring
	left int
}

func (b *brittle) SetLink(from, to string, link nemesis.Link) error {
	if b.left--; b.left == 0 {
		return errBroken
	}
	return b.wiring.SetLink(from, to, link)
}

func TestFlappingTellsOfALinkThatCannotBeChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chosen, err := nemesis.Choose(nemesis.OfNetwork(&brittle{newWiring(3), 10}), []string{nemesis.PartitionFlappingName})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := chosen[0].Start(seeded(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := chosen[0].Stop(seeded(1)); err == nil {
			t.Error("there is no error")
		}
	})
}

// TestPartitionsAreKnownByTheirEvents, each of them, and nothing else.
func TestPartitionsAreKnownByTheirEvents(t *testing.T) {
	parts := func(name string) bool {
		return nemesis.Parts(history.Event{Request: history.Request{Function: history.Function(name)}})
	}
	known := 0
	for _, fault := range slices.Concat(ofAll(newMachines()), nemesis.OfNetwork(newWiring(5))) {
		is := strings.HasPrefix(fault.Name(), "partition-")
		if parts(fault.Name()) != is || parts(fault.Name()+nemesis.EndSuffix) {
			t.Errorf("%s: a partition begins with it: %v, want %v, and none with its end", fault.Name(), !is, is)
		}
		if is {
			known++
		}
	}
	if known == 0 {
		t.Error("there are no partitions")
	}
}
