package nemesis_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// wiring are links that remember how they are.
type wiring struct {
	ids []string
	// rigid makes Supports and SetLink fail.
	rigid   bool
	touched uint64
	mu      sync.Mutex
	// bad has every link that is not sound, as in "a>b". Guarded by mu.
	bad map[string]nemesis.Link
	// changed has the time of each change of one of them. Guarded by mu.
	changed map[string][]time.Time
}

func newWiring(count int) *wiring {
	return &wiring{
		ids: strings.Split("abcdefg", "")[:count], bad: map[string]nemesis.Link{}, changed: map[string][]time.Time{},
	}
}

func (w *wiring) IDs() []string   { return w.ids }
func (w *wiring) Touched() uint64 { return w.touched }

func (w *wiring) Supports(nemesis.Link) error {
	if w.rigid {
		return errBroken
	}
	return nil
}

func (w *wiring) SetLink(from, to string, link nemesis.Link) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := from + ">" + to
	if w.rigid {
		return errBroken
	}
	w.changed[name] = append(w.changed[name], time.Now())
	if w.bad[name] = link; link == (nemesis.Link{}) {
		delete(w.bad, name)
	}
	return nil
}

// unsound returns how many links are not sound.
func (w *wiring) unsound() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.bad)
}

// heard returns those whom a node hears, itself included, as in "abc".
func (w *wiring) heard(to string) string {
	var all string
	for _, from := range w.ids {
		if !w.bad[from+">"+to].Cut {
			all += from
		}
	}
	return all
}

// seeded is a target of node c.
func seeded(seed uint64) nemesis.Target {
	return nemesis.Target{Node: "c", Random: rand.New(rand.NewPCG(seed, 0))}
}

// named returns the nemesis with this name.
func ofLinks(t *testing.T, w *wiring, name string) nemesis.Nemesis {
	t.Helper()
	chosen, err := nemesis.Choose(nemesis.OfNetwork(w), []string{name})
	if err != nil {
		t.Fatal(err)
	}
	return chosen[0]
}

func TestEveryFaultOfLinksEndsWithSoundLinks(t *testing.T) {
	ends := map[string]func(nemesis.Nemesis) error{
		"stop": func(n nemesis.Nemesis) error { _, err := n.Stop(seeded(1)); return err },
		"heal": nemesis.Nemesis.Heal,
	}
	for _, fault := range nemesis.OfNetwork(newWiring(5)) {
		for end, call := range ends {
			t.Run(fault.Name()+"/"+end, func(t *testing.T) {
				w := newWiring(5)
				n := ofLinks(t, w, fault.Name())
				if n.Kind() != nemesis.Network {
					t.Errorf("the kind is %s", n.Kind())
				}
				if _, err := n.Start(seeded(1)); err != nil || w.unsound() == 0 {
					t.Fatalf("%d links are unsound, error %v", w.unsound(), err)
				}
				if err := call(n); err != nil || w.unsound() > 0 {
					t.Errorf("%d links are unsound after the end, error %v", w.unsound(), err)
				}
			})
		}
	}
}

func TestTheEffectOfAFaultOfLinksIsWhatItTouched(t *testing.T) {
	for _, fault := range nemesis.OfNetwork(newWiring(5)) {
		for touched, want := range map[uint64]string{0: "", 7: "7 packets touched"} {
			w := newWiring(5)
			w.touched = 100
			n := ofLinks(t, w, fault.Name())
			if _, err := n.Start(seeded(1)); err != nil {
				t.Fatal(err)
			}
			w.touched += touched
			if effect, err := n.Stop(seeded(1)); err != nil || effect != want {
				t.Errorf("%s: effect %q, error %v, want %q", fault.Name(), effect, err, want)
			}
		}
	}
}

func TestFaultsOfLinksReportLinksThatCannotBeMadeSo(t *testing.T) {
	w := newWiring(5)
	w.rigid = true
	for _, fault := range nemesis.OfNetwork(w) {
		_, err := fault.Start(seeded(1))
		for what, err := range map[string]error{"start": err, "available": fault.Available(), "heal": fault.Heal()} {
			if !errors.Is(err, errBroken) {
				t.Errorf("%s: %s: got %v, want %v", fault.Name(), what, err, errBroken)
			}
		}
	}
}

func TestFaultsOfLinksDrawWhatTheirNameSays(t *testing.T) {
	has := map[string]func(nemesis.Link) bool{
		nemesis.LinkSlowName:        func(l nemesis.Link) bool { return l.Delay > 0 && l.Jitter > 0 },
		nemesis.LinkLossyName:       func(l nemesis.Link) bool { return l.Loss > 0 && l.Loss < 1 },
		nemesis.LinkDuplicatingName: func(l nemesis.Link) bool { return l.Duplicate > 0 },
		nemesis.LinkReorderingName:  func(l nemesis.Link) bool { return l.Reorder > 0 },
		nemesis.LinkCorruptingName:  func(l nemesis.Link) bool { return l.Corrupt > 0 && l.Corrupt < 1 },
		nemesis.LinkResettingName:   func(l nemesis.Link) bool { return l.Reset > 0 && l.Reset < 1 },
		nemesis.LinkNarrowName:      func(l nemesis.Link) bool { return l.BytesPerSecond > 0 },
	}
	for name, holds := range has {
		reach := map[int]bool{}
		for seed := range uint64(50) {
			w := newWiring(5)
			if _, err := ofLinks(t, w, name).Start(seeded(seed)); err != nil {
				t.Fatal(err)
			}
			for at, link := range w.bad {
				if !holds(link) || link.Cut {
					t.Fatalf("%s makes link %s so: %v", name, at, link)
				}
			}
			reach[len(w.bad)] = true
		}
		// The links of one of five nodes, or all.
		if got := slices.Sorted(maps.Keys(reach)); !slices.Equal(got, []int{8, 20}) {
			t.Errorf("%s hits %v links, want 8 or 20", name, got)
		}
	}
}

func TestTheDetailNamesEverythingThatIsWrongWithALink(t *testing.T) {
	link := nemesis.Link{
		Cut: true, Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond,
		Loss: 0.1, Duplicate: 0.2, Reorder: 0.3, Corrupt: 0.4, Reset: 0.5, BytesPerSecond: 500,
	}
	const want = "cut, delay 20ms, jitter 5ms, loss 10%, duplicates 20%, reorders 30%, corrupts 40%, resets 50%, 500 bytes per second"
	if got := fmt.Sprint(link); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
