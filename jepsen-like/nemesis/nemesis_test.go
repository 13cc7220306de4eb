package nemesis_test

import (
	"errors"
	"fmt"
	"testing"

	"example.com/gstate/jepsen-like/nemesis"
)

// rigid are nodes that cannot be paused.
type rigid struct{ *machines }

func (rigid) CanPause() error { return errBroken }

func TestChoose(t *testing.T) {
	m := newMachines()
	for _, test := range []struct {
		name  string
		nodes nemesis.Nodes
		names []string
		want  int
		err   error
	}{
		{"one", m, []string{"kill"}, 1, nil},
		{"one more often than the other", m, []string{"kill", "kill", "pause"}, 3, nil},
		{"all", m, []string{"all"}, 2, nil},
		{"all that are available", rigid{m}, []string{"all"}, 1, nil},
		{"an unknown one", m, []string{"kill", "flood"}, 0, nemesis.ErrUnknown},
		{"an empty name", m, []string{""}, 0, nemesis.ErrUnknown},
		{"one that is not available", rigid{m}, []string{"pause"}, 0, errBroken},
		{"another where one is not available", rigid{m}, []string{"kill"}, 1, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			chosen, err := nemesis.Choose(nemesis.OfNodes(test.nodes), test.names)
			if len(chosen) != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %d, %v, want %d, %v", len(chosen), err, test.want, test.err)
			}
		})
	}
}

func TestHealUndoesAFaultOnEveryNode(t *testing.T) {
	for _, fault := range nemesis.OfNodes(newMachines()) {
		t.Run(fault.Name(), func(t *testing.T) {
			m := newMachines()
			faults, err := nemesis.Choose(nemesis.OfNodes(m), []string{fault.Name()})
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range m.ids {
				if _, err := faults[0].Start(nemesis.Target{Node: id}); err != nil {
					t.Fatal(err)
				}
			}
			if m.hurt() != 3 {
				t.Fatalf("%d nodes are hurt, want 3", m.hurt())
			}
			if err := faults[0].Heal(); err != nil || m.hurt() > 0 {
				t.Errorf("%d nodes are hurt after the heal, error %v", m.hurt(), err)
			}
		})
	}
}

func TestHealReportsWhatItCannotHeal(t *testing.T) {
	m := newMachines()
	m.broken = true
	for _, fault := range nemesis.OfNodes(m) {
		if err := fault.Heal(); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v, want %v", fault.Name(), err, errBroken)
		}
	}
}

func ExampleChoose() {
	faults, err := nemesis.Choose(nemesis.OfNodes(newMachines()), []string{"kill", "pause"})
	for _, fault := range faults {
		fmt.Println(fault.Name())
	}
	fmt.Println(err)
	// Output:
	// kill
	// pause
	// <nil>
}
