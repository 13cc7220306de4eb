package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/transport/memnet"
)

// doubtful makes a write on a follower whose context ends before its answer
// comes, while the fault is there, and returns its id.
func doubtful(t *testing.T, node *cluster.Node, fault func()) cluster.WriteID {
	t.Helper()
	if _, err := node.Set(within(t, time.Minute), path("n"), 1); err != nil {
		t.Fatal(err)
	}
	fault()
	_, err := node.Apply(within(t, 500*time.Millisecond), cluster.Add(path("n"), 1))
	unknown, ok := errors.AsType[*cluster.UnknownOutcome](err)
	if !ok || !errors.Is(err, cluster.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v, want an unknown outcome and the deadline", err)
	}
	return unknown.ID
}

// TestOutcomeOfAWriteWhoseAnswerWasLost asks in all ways: on the instance that
// made it and on another, while it waits and afterwards, for a write that was
// applied and one that never arrived.
func TestOutcomeOfAWriteWhoseAnswerWasLost(t *testing.T) {
	faults := map[string]struct {
		fault   func(net *memnet.Network, leader, follower string)
		applied bool
	}{
		"the answer does not come back": {func(net *memnet.Network, leader, follower string) { net.Hold(leader, follower) }, true},
		"the request does not arrive":   {func(net *memnet.Network, leader, follower string) { net.Hold(follower, leader) }, false},
	}
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				leader, follower := v.leader(), v.follower()
				node, other := v.nodes[follower], v.nodes[leader]
				id := doubtful(t, node, func() { c.fault(v.net, leader, follower) })
				check := func(who string, asked *cluster.Node) {
					t.Helper()
					result, err := asked.Outcome(within(t, time.Minute), id)
					switch {
					case c.applied && (err != nil || result.Revision != 2 || result.Value(0).Int() != 2):
						t.Errorf("asked on %s: %+v, %v, and it was applied", who, result, err)
					case !c.applied && (!errors.Is(err, cluster.ErrGivenUp) || errors.Is(err, cluster.ErrOutcomeUnknown)):
						t.Errorf("asked on %s: %+v, %v, want ErrGivenUp", who, result, err)
					}
				}
				check("another instance", other)
				if _, err := node.Outcome(within(t, 100*time.Millisecond), id); !errors.Is(err, cluster.ErrOutcomeUnknown) {
					t.Errorf("before anything is healed: %v", err)
				}
				v.net.HealAll()
				check("its instance", node)
				check("its instance, again", node)
				v.converged()
				if n, _ := node.Tree().Get(path("n")); (n.Value().Int() == 2) != c.applied {
					t.Errorf("there is %v", n.Value())
				}
			})
		})
	}
}

// TestOutcomeIsKnownWhenTheInstanceIsGone: whoever has the id can ask.
func TestOutcomeIsKnownWhenTheInstanceIsGone(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, follower := v.leader(), v.follower()
		id := doubtful(t, v.nodes[follower], func() { v.net.Hold(leader, follower) })
		v.net.HealAll()
		v.net.Isolate(follower)
		if result, err := v.nodes[leader].Outcome(within(t, time.Minute), id); err != nil || result.Value(0).Int() != 2 {
			t.Errorf("asked while it is cut off: %+v, %v", result, err)
		}
		v.net.HealAll()
		v.stop(follower)
		if result, err := v.nodes[leader].Outcome(within(t, time.Minute), id); err != nil || result.Value(0).Int() != 2 {
			t.Errorf("asked when it is gone: %+v, %v", result, err)
		}
	})
}

func TestOutcomeThatNobodyKnows(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		for range 3 {
			if _, err := node.Apply(within(t, time.Minute), cluster.Add(path("n"), 1)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := node.Outcome(within(t, time.Minute), cluster.WriteID{Session: 7, Sequence: 1}); !errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("of a session that never was: %v", err)
		}
		if _, err := node.Outcome(within(t, time.Minute), cluster.WriteID{}); !errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("of no session: %v", err)
		}
	})
}

func TestWriteIDText(t *testing.T) {
	id := cluster.WriteID{Session: 2048, Sequence: 17}
	if got, err := cluster.ParseWriteID(id.String()); err != nil || got != id {
		t.Errorf("%v is read as %v, %v", id, got, err)
	}
	for _, text := range []string{"", "1", "1-", "-1", "01-1", "1-1-1", " 1-1", "+1-1", "1-18446744073709551616"} {
		if id, err := cluster.ParseWriteID(text); !errors.Is(err, cluster.ErrInvalid) {
			t.Errorf("%q is read as %v, %v", text, id, err)
		}
	}
}

// TestOutcomeEndsWithTheNode, on the leader and on others, asked before and
// after.
func TestOutcomeEndsWithTheNode(t *testing.T) {
	for _, leads := range []bool{true, false} {
		t.Run(fmt.Sprint("it leads: ", leads), func(t *testing.T) {
			inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
				id := v.follower()
				if leads {
					id = v.leader()
				}
				node := v.nodes[id]
				if _, err := node.Set(within(t, time.Minute), path("a"), 1); err != nil {
					t.Fatal(err)
				}
				v.net.Isolate(id)
				ask := func(ended chan error) {
					_, err := node.Outcome(context.Background(), cluster.WriteID{Session: 3072, Sequence: 1})
					ended <- err
				}
				before, after := make(chan error, 1), make(chan error, 1)
				go ask(before)
				time.Sleep(10 * time.Millisecond)
				node.Close()
				go ask(after)
				for _, ended := range []chan error{before, after} {
					select {
					case err := <-ended:
						if !errors.Is(err, cluster.ErrOutcomeUnknown) || !errors.Is(err, cluster.ErrClosed) {
							t.Errorf("it ended with %v", err)
						}
					case <-time.After(time.Hour):
						t.Fatal("it waits for a node that is closed")
					}
				}
				v.net.HealAll()
			})
		})
	}
}

// TestOutcomeThatTheClusterHasForgottenIsNotTold: a write below the floor of its
// session was answered, or not; nobody knows any more.
func TestOutcomeThatTheClusterHasForgottenIsNotTold(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, follower := v.leader(), v.follower()
		id := doubtful(t, v.nodes[follower], func() { v.net.Hold(leader, follower) })
		v.net.HealAll()
		if _, err := v.nodes[follower].Outcome(within(t, time.Minute), id); err != nil {
			t.Fatal(err)
		}
		for i := range 3 { // their floor is above it
			if _, err := v.nodes[follower].Set(within(t, time.Minute), path("n"), i); err != nil {
				t.Fatal(err)
			}
		}
		if result, err := v.nodes[leader].Outcome(within(t, time.Minute), id); !errors.Is(err, cluster.ErrOutcomeUnknown) {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// TestOutcomeCanBeReadAtOnce on the instance that asked.
func TestOutcomeCanBeReadAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		leader, follower := v.leader(), v.follower()
		id := doubtful(t, v.nodes[leader], func() {
			for _, peer := range v.peers {
				if peer.ID != leader {
					v.net.Hold(peer.ID, leader)
				}
			}
		})
		v.net.HealAll()
		v.net.Delay(leader, follower, 50*time.Millisecond)
		result, err := v.nodes[follower].Outcome(within(t, time.Minute), id)
		if err == nil && v.nodes[follower].Tree().Revision() < result.Revision {
			t.Errorf("revision %d is the outcome, and %d is here", result.Revision, v.nodes[follower].Tree().Revision())
		}
		if err != nil && !errors.Is(err, cluster.ErrGivenUp) {
			t.Error(err)
		}
	})
}
