package nemesis_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"example.com/gstate/jepsen-like/nemesis"
)

func TestChoose(t *testing.T) {
	m, rigid := newMachines(), newMachines()
	rigid.unable = errBroken
	for _, test := range []struct {
		name  string
		nodes nemesis.Nodes
		names []string
		want  int
		err   error
	}{
		{"one", m, []string{"kill"}, 1, nil},
		{"one more often than the other", m, []string{"kill", "kill", "pause"}, 3, nil},
		{"all", m, []string{"all"}, 5, nil},
		{"all that are available", rigid, []string{"all"}, 2, nil},
		{"an unknown one", m, []string{"kill", "flood"}, 0, nemesis.ErrUnknown},
		{"an empty name", m, []string{""}, 0, nemesis.ErrUnknown},
		{"one that is not available", rigid, []string{"pause"}, 0, errBroken},
		{"another where one is not available", rigid, []string{"kill"}, 1, nil},
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
	for _, fault := range ofAll(newMachines()) {
		t.Run(fault.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachines()
				for _, id := range m.ids {
					// Each is one of its own: nothing is remembered from node to node.
					target := nemesis.Target{Node: id, Random: rand.New(rand.NewPCG(1, 2))}
					fault := named(t, m, fault.Name())
					if _, err := fault.Start(target); err != nil {
						t.Fatal(err)
					}
					if fault.Name() != "starve" && len(m.log) == 0 {
						t.Fatal("nothing was done")
					}
					defer func() {
						if err := fault.Heal(); err != nil || m.hurt() > 0 {
							t.Errorf("%d nodes are hurt after the heal, error %v", m.hurt(), err)
						}
					}()
				}
			})
		})
	}
}

func TestHealReportsWhatItCannotHeal(t *testing.T) {
	m := newMachines()
	m.broken = true
	for _, fault := range ofAll(m) {
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
