package nemesis

import (
	"errors"
	"fmt"
	"time"
)

// Links is what faults between nodes are made of. Everything is one way.
type Links interface {
	// IDs returns all nodes.
	IDs() []string
	// Supports returns nil, or why links cannot be made like this here.
	Supports(link Link) error
	// SetLink gives the link from one node to another this behaviour, until
	// the next call. The zero Link is sound.
	SetLink(from, to string, link Link) error
	// Touched returns how many packets or messages faults have dropped, held
	// up, doubled or changed so far.
	Touched() uint64
}

// Link is how what one node sends to another fares.
type Link struct {
	// Cut lets nothing through, and says so to nobody. What is under way is
	// stopped, too.
	Cut bool
	// Delay holds up everything, and Jitter for up to so much longer. The order
	// stays.
	Delay, Jitter time.Duration
	// Each packet is lost, doubled, overtaken by later ones, or has a bit
	// changed with these chances, from 0 to 1.
	Loss, Duplicate, Reorder, Corrupt float64
	// Reset is the chance of a packet to end its connection: the receiver is
	// told that there is none, and tells the sender when that goes on.
	Reset float64
	// BytesPerSecond is how much gets through. 0: no limit.
	BytesPerSecond int
}

// OfNetwork returns every nemesis that needs nothing but the links between
// nodes.
func OfNetwork(links Links) []Nemesis {
	return append(partitions(links), weathers(links)...)
}

// route is one direction between two nodes.
type route struct{ from, to string }

// routes returns all directions between the nodes.
func routes(ids []string) []route {
	var all []route
	for _, from := range ids {
		for _, to := range ids {
			if from != to {
				all = append(all, route{from, to})
			}
		}
	}
	return all
}

// wires is the part that all faults of links have in common.
type wires struct {
	links Links
	// touched is what the links had touched when the fault began.
	touched uint64
}

// Kind returns Network.
func (w *wires) Kind() Kind { return Network }

// begin makes the links so, and remembers what was touched before.
func (w *wires) begin(hit []route, link Link) error {
	w.touched = w.links.Touched()
	return w.set(hit, link)
}

func (w *wires) set(hit []route, link Link) error {
	var problems []error
	for _, r := range hit {
		problems = append(problems, w.links.SetLink(r.from, r.to, link))
	}
	return errors.Join(problems...)
}

// Stop makes all links sound. The effect is how many packets met the fault.
func (w *wires) Stop(Target) (string, error) {
	n := w.links.Touched() - w.touched
	return effectIf(n > 0, fmt.Sprintf("%d packets touched", n)), w.Heal()
}

// Heal makes all links sound.
func (w *wires) Heal() error { return w.set(routes(w.links.IDs()), Link{}) }
