package sim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// fault is one step of the nemesis: it waits, and then does something to a
// node, or to the way from it to another one.
type fault struct {
	wait time.Duration
	name string
	// victim and other are numbers of nodes; leader says that the victim is
	// whoever leads at that moment, if that is known.
	victim, other int
	leader        bool
	// lasts is how long a node is down or a reply is late.
	lasts time.Duration
}

// String returns the fault as text, such as "+120ms crash 2 for 1s".
func (f fault) String() string {
	victim := fmt.Sprint(f.victim)
	if f.leader {
		victim = "leader"
	}
	return fmt.Sprintf("+%v %s %s,%d for %v", f.wait, f.name, victim, f.other, f.lasts)
}

// faults are all that there are. The healing is among them three times, so
// that most of the time a majority can talk.
var faults = map[string]func(w *world, victim, other string, lasts time.Duration){
	"isolate": func(w *world, victim, _ string, _ time.Duration) { w.net.Isolate(victim) },
	"cut":     func(w *world, victim, other string, _ time.Duration) { w.net.Cut(victim, other) },
	"hold":    func(w *world, victim, other string, _ time.Duration) { w.net.Hold(victim, other) },
	"reset":   func(w *world, victim, other string, _ time.Duration) { w.net.Reset(victim, other) },
	"delay": func(w *world, victim, other string, lasts time.Duration) {
		w.net.Delay(victim, other, lasts/8)
	},
	"lose-replies": (*world).loseReplies,
	"crash":        (*world).crash,
	"close":        (*world).restart,
	"blackout":     (*world).blackout,
	"deceive":      (*world).deceive,
	healing:        func(w *world, _, _ string, _ time.Duration) { w.calm() },
}

var faultNames = []string{
	"isolate", "isolate", "cut", "hold", "reset", "delay", "lose-replies",
	"lose-replies", "crash", "crash", "close", "blackout", "deceive", "deceive", healing, healing, healing,
}

// healing is the fault that ends those of the network. Every run has it.
const healing = "heal"

// allFaults returns the names of all others, each once.
func allFaults() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(faults)), func(name string) bool { return name == healing })
}

// plan draws the faults of a run. One that the run does not have leaves a gap,
// so that the others stay where they are.
func plan(run swarm.Run) []fault {
	random := rand.New(rand.NewPCG(run.Seed, 3))
	var plan []fault
	for begins, gap := time.Duration(0), time.Duration(0); ; {
		victim := random.IntN(run.Nodes)
		f := fault{
			wait:   time.Duration(50+random.IntN(700)) * time.Millisecond,
			name:   faultNames[random.IntN(len(faultNames))],
			victim: victim,
			other:  (victim + 1 + random.IntN(run.Nodes-1)) % run.Nodes,
			leader: random.IntN(2) == 0,
			lasts:  time.Duration(50+random.IntN(1200)) * time.Millisecond,
		}
		if begins += f.wait; begins > run.Virtual {
			return plan
		}
		f.wait += gap
		if gap = f.wait; f.name == healing || slices.Contains(run.Nemeses, f.name) {
			plan, gap = append(plan, f), 0
		}
	}
}

// breakAll makes the faults of the plan, as far as the time reaches since they
// last, too, and then heals everything.
func (w *world) breakAll(plan []fault) {
	for _, f := range plan {
		if w.clock() > w.run.Virtual {
			break
		}
		time.Sleep(f.wait)
		victim, other := w.peers[f.victim].ID, w.peers[f.other].ID
		if leader, ok := w.leader(); ok && f.leader {
			if leader == other {
				other = victim
			}
			victim = leader
		}
		if victim != other {
			faults[f.name](w, victim, other, f.lasts)
		}
	}
	w.calm()
}

// leader returns who leads, as the first node that knows says.
func (w *world) leader() (id string, ok bool) {
	for _, peer := range w.peers {
		if node := w.node(peer.ID); node != nil {
			if id, ok := node.Leader(); ok {
				return id, true
			}
		}
	}
	return "", false
}

// loseReplies lets what the other sends arrive, and the answers never: they
// are held until the connections break. So the other must send again what was
// done already.
func (w *world) loseReplies(victim, other string, lasts time.Duration) {
	w.net.Hold(victim, other)
	time.Sleep(lasts / 8)
	w.net.Reset(victim, other)
	w.net.Release(victim, other)
}

// deceive makes a leader believe that it leads after it has been replaced. What
// it hears comes later and later, so slowly that its lease never runs out, and
// from every other node twice as late; then it is cut off from the others, and
// goes on hearing of how they followed it. A read that trusts in the lease is
// stale now, and so is one that takes a late answer for a new one.
func (w *world) deceive(victim, _ string, _ time.Duration) {
	if leader, ok := w.leader(); ok {
		victim = leader
	}
	const step = heartbeat / 6
	for late := step; late < heartbeat; late += step {
		for i, peer := range w.others(victim) {
			w.net.Delay(peer, victim, late*time.Duration(1+i%2))
		}
		time.Sleep(step)
	}
	for _, peer := range w.others(victim) {
		w.net.Cut(victim, peer)
	}
	time.Sleep(4 * heartbeat)
	w.calm()
}

func (w *world) others(id string) []string {
	var others []string
	for _, peer := range w.peers {
		if peer.ID != id {
			others = append(others, peer.ID)
		}
	}
	return others
}

// crash ends a node as the death of its process does.
func (w *world) crash(victim, _ string, lasts time.Duration) {
	w.net.Crash(victim)
	w.stop(victim)
	time.Sleep(lasts)
	w.start(victim)
}

// restart ends a node in order.
func (w *world) restart(victim, _ string, lasts time.Duration) {
	w.stop(victim)
	time.Sleep(lasts)
	w.start(victim)
}

// blackout crashes all nodes.
func (w *world) blackout(_, _ string, lasts time.Duration) {
	for _, peer := range w.peers {
		w.net.Crash(peer.ID)
		w.stop(peer.ID)
	}
	time.Sleep(lasts)
	for _, peer := range w.peers {
		w.start(peer.ID)
	}
}
