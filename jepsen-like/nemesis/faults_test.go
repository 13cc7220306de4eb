package nemesis_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// TestWhatEachFaultDoes: each is made on node b, and undone after a quarter of a
// second.
func TestWhatEachFaultDoes(t *testing.T) {
	type deed struct{ detail, steps, effect string }
	const all = "dead a; dead b; dead c; kill a; kill b; kill c; sound a; start a; sound b; start b; sound c; start c"
	wants := map[string]deed{
		"kill":               {"", "kill b; start b", "ended"},
		"kill-all":           {"", "kill a; kill b; kill c; start a; start b; start c", "ended"},
		"pause":              {"", "pause b; resume b", "stood still"},
		"long-pause":         {"", "pause b; resume b", "stood still"},
		"starve":             {"", "pause b; resume b; pause b; resume b; pause b; resume b", "stood still 3 times"},
		"restart":            {"", "end b; start b", "ended in order"},
		"rolling-restart":    {"", "end a; open a; start a; end b; open b; start b; end c; open c; start c", "ended in order"},
		"succession":         {"", "succeed b; open b", "succeeded"},
		"bit-flips":          {"79 in log", `kill b; log of b is ",\x11\xe9\x8d\x1b\xdcE\f"; b refuses; repair b; start b`, "refused to start"},
		"torn-tail":          {"log to 5 of 8 bytes", `kill b; log of b is "abcde"; b refuses; repair b; start b`, "refused to start"},
		"lost-file":          {"log", "kill b; remove log of b; b refuses; repair b; start b", "refused to start"},
		"power-cut":          {"", "dead b; kill b; sound b; start b", "ended"},
		"power-cut-all":      {"", all, "ended"},
		"dead-disk":          {"", "dead b; kill b; sound b; start b", "1 hindered"},
		"full-disk":          {"", "full b; kill b; sound b; start b", "1 hindered"},
		"failed-flushes":     {"on a,b,c", "failing a; failing b; failing c; " + all, "6 hindered"},
		"slow-disk":          {"256ms", "slow b; sound b", "1 hindered"},
		"hung-disk":          {"", "hung b; sound b", "1 hindered"},
		"long-hung-disk":     {"", "hung b; sound b; kill b; start b", "1 hindered"},
		"clock-jump-forward": {"17m4s", "{Wall:17m4s Leap:0s Rate:0} b; right b", "seen 1 times"},
		"clock-jump-back":    {"17m4s", "{Wall:-17m4s Leap:0s Rate:0} b; right b", "seen 1 times"},
		"clock-strobe":       {"17m4s", "{Wall:17m4s Leap:0s Rate:0} b; right b; {Wall:17m4s Leap:0s Rate:0} b; right b", "seen 2 times"},
		"clock-drift":        {"-0.390", "{Wall:0s Leap:0s Rate:-0.39} b; right b", "seen 1 times"},
		"clock-leap":         {"6.336s", "{Wall:0s Leap:6.336s Rate:0} b; right b", "seen 1 times"},
	}
	for _, fault := range ofAll(newMachines()) {
		t.Run(fault.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachines()
				fault := named(t, m, fault.Name())
				target := nemesis.Target{Node: "b", Random: rand.New(rand.NewPCG(1, 2))}
				detail, err := fault.Start(target)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(250 * time.Millisecond)
				effect, err := fault.Stop(target)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := (deed{detail, m.steps(), effect}), wants[fault.Name()]; got != want {
					t.Errorf("got  %q\nwant %q", got, want)
				}
			})
		})
	}
}

// named returns the nemesis of this name.
func named(t *testing.T, m *machines, name string) nemesis.Nemesis {
	t.Helper()
	faults, err := nemesis.Choose(ofAll(m), []string{name})
	if err != nil {
		t.Fatal(err)
	}
	return faults[0]
}

// TestAFaultThatComesToNothingSaysSo: the node is down already, and the disks are
// not asked for anything.
func TestAFaultThatComesToNothingSaysSo(t *testing.T) {
	for _, fault := range ofAll(newMachines()) {
		switch fault.Name() {
		case "bit-flips", "torn-tail", "lost-file":
			continue // these start the node on the damage
		}
		t.Run(fault.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachines()
				m.idle = true
				fault := named(t, m, fault.Name())
				for _, id := range m.ids {
					m.down[id] = true
				}
				target := nemesis.Target{Node: "b", Random: rand.New(rand.NewPCG(1, 2))}
				if _, err := fault.Start(target); err != nil {
					t.Fatal(err)
				}
				if effect, err := fault.Stop(target); err != nil || effect != "" {
					t.Errorf("effect %q, error %v", effect, err)
				}
			})
		})
	}
}

// TestARollingRestartStopsAtANodeThatDoesNotComeUp, and is no broken harness: what
// keeps the node down is found by the checkers.
func TestARollingRestartStopsAtANodeThatDoesNotComeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachines()
		m.damaged["b"] = true
		detail, err := named(t, m, "rolling-restart").Start(nemesis.Target{Node: "c"})
		const steps = "end a; open a; start a; end b; b refuses"
		if err != nil || detail != "b has not come up again" || m.steps() != steps {
			t.Errorf("detail %q, error %v, steps %q, want %q", detail, err, m.steps(), steps)
		}
	})
}

func TestANodeThatNeedsNoRoomBearsAFullDisk(t *testing.T) {
	m := newMachines()
	m.idle = true
	fault, target := named(t, m, "full-disk"), nemesis.Target{Node: "b"}
	if _, err := fault.Start(target); err != nil {
		t.Fatal(err)
	}
	if effect, err := fault.Stop(target); err != nil || effect != "borne" || m.hurt() > 0 {
		t.Errorf("effect %q, error %v, %d nodes are hurt", effect, err, m.hurt())
	}
}

func TestANodeThatBearsTheDamageKeepsIt(t *testing.T) {
	for _, name := range []string{"bit-flips", "torn-tail", "lost-file"} {
		t.Run(name, func(t *testing.T) {
			m := newMachines()
			m.blind = true
			fault := named(t, m, name)
			target := nemesis.Target{Node: "b", Random: rand.New(rand.NewPCG(1, 2))}
			if _, err := fault.Start(target); err != nil {
				t.Fatal(err)
			}
			if effect, err := fault.Stop(target); err != nil || effect != "borne" || m.hurt() > 0 {
				t.Errorf("effect %q, error %v, %d nodes are hurt", effect, err, m.hurt())
			}
		})
	}
}

func TestADamageThatChangesNothingHasNoEffect(t *testing.T) {
	for _, name := range []string{"bit-flips", "torn-tail"} {
		t.Run(name, func(t *testing.T) {
			m := newMachines()
			m.blind, m.files = true, nil
			fault := named(t, m, name)
			target := nemesis.Target{Node: "b", Random: rand.New(rand.NewPCG(1, 2))}
			if _, err := fault.Start(target); err != nil {
				t.Fatal(err)
			}
			if effect, err := fault.Stop(target); err != nil || effect != "" {
				t.Errorf("effect %q of a damage to an empty file, error %v", effect, err)
			}
		})
	}
}

func TestNoFaultIsDrawnWhereItIsNotAvailable(t *testing.T) {
	m := newMachines()
	m.unable = errBroken
	for _, fault := range ofAll(m) {
		_, err := nemesis.Choose([]nemesis.Nemesis{fault}, []string{fault.Name()})
		switch fault.Name() {
		case "kill", "kill-all":
			if err != nil {
				t.Errorf("%s: %v, and it is available everywhere", fault.Name(), err)
			}
		default:
			if !errors.Is(err, errBroken) {
				t.Errorf("%s: got %v, want %v", fault.Name(), err, errBroken)
			}
		}
	}
}

func TestFaultsLastAsLongAsTheirSubjectNeeds(t *testing.T) {
	for _, fault := range ofAll(newMachines()) {
		least, most := fault.Lasts(time.Second)
		if least < 0 || most < least || most > 40*time.Second {
			t.Errorf("%s lasts from %v to %v", fault.Name(), least, most)
		}
	}
	// A node waits for its disk for 20 seconds.
	for _, period := range []time.Duration{time.Second, 8 * time.Second, time.Minute} {
		if least, most := named(t, newMachines(), "hung-disk").Lasts(period); most >= 20*time.Second || least > most {
			t.Errorf("with a fault each %v a disk hangs for %v to %v", period, least, most)
		}
	}
	if least, _ := named(t, newMachines(), "long-hung-disk").Lasts(time.Second); least <= 20*time.Second {
		t.Errorf("a disk hangs for %v", least)
	}
}
