package recipe_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

var electionPath = tree.Path{"elections", "main"}

func electionOn(t *testing.T, node recipe.Node) *recipe.Election {
	t.Helper()
	return must(recipe.NewElection(node, electionPath, ttl))(t)
}

// TestElectionHandsOver by resignation and by the crash of the leader, and
// observers see who leads.
func TestElectionHandsOver(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		followers := v.followers(t)
		first := electionOn(t, v.nodes[followers[0]])
		var wg sync.WaitGroup
		var seen []string
		watch, stop := context.WithCancel(t.Context())
		wg.Go(func() {
			for leader, err := range electionOn(t, v.nodes[v.leader(t)]).Observe(watch) {
				if err == nil {
					seen = append(seen, leader.Value.Str())
				}
			}
		})
		time.Sleep(time.Second)
		led := must(first.Campaign(within(t, time.Minute), "one"))(t)
		var next, last *recipe.Leadership
		done := make(chan bool)
		wg.Go(func() {
			next, _ = electionOn(t, v.nodes[followers[1]]).Campaign(within(t, time.Hour), "two")
			done <- true
		})
		time.Sleep(time.Second)
		if err := led.Resign(within(t, time.Minute)); err != nil || led.Context().Err() == nil {
			t.Errorf("resign: %v", err)
		}
		<-done
		wg.Go(func() {
			last, _ = electionOn(t, v.nodes[v.leader(t)]).Campaign(within(t, time.Hour), "three")
			done <- true
		})
		time.Sleep(time.Second)
		v.stop(followers[1])
		<-done
		if next.Context().Err() == nil || last.Token() <= next.Token() || next.Token() <= led.Token() {
			t.Errorf("tokens %d, %d, %d", led.Token(), next.Token(), last.Token())
		}
		leader, ok, err := first.Leader(within(t, time.Minute))
		if err != nil || !ok || leader.Token != last.Token() || leader.Value.Str() != "three" {
			t.Errorf("the leader is %v, %v, %v", leader, ok, err)
		}
		time.Sleep(time.Second) // one that leads for a moment may not be observed
		_ = last.Resign(within(t, time.Minute))
		if _, ok, err := first.Leader(within(t, time.Minute)); ok || err != nil {
			t.Errorf("nobody leads: %v, %v", ok, err)
		}
		time.Sleep(time.Second)
		stop()
		wg.Wait()
		if !slices.Equal(seen, []string{"", "one", "two", "three", ""}) {
			t.Errorf("seen were %q", seen)
		}
	})
}

// TestRunWhileLeaderRunsAgain after leadership was lost, and on another
// instance meanwhile; never on two at once.
func TestRunWhileLeaderRunsAgain(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		var ran []string
		active := 0
		var wg sync.WaitGroup
		begin := func(id string) {
			e := electionOn(t, v.nodes[id])
			wg.Go(func() {
				err := e.RunWhileLeader(ctx, id, func(ctx context.Context, token uint64) error {
					mu.Lock()
					ran, active = append(ran, id), active+1
					if active > 1 || token == 0 {
						t.Errorf("%d run at once, token %d", active, token)
					}
					mu.Unlock()
					<-ctx.Done()
					mu.Lock()
					defer mu.Unlock()
					active--
					return context.Cause(ctx)
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s ended with %v", id, err)
				}
			})
			time.Sleep(time.Second)
		}
		followers := v.followers(t)
		begin(followers[0])
		begin(followers[1])
		v.net.Isolate(followers[0])
		time.Sleep(3 * ttl)
		v.net.HealAll()
		time.Sleep(10 * time.Second)
		v.net.Isolate(followers[1])
		time.Sleep(3 * ttl)
		v.net.HealAll()
		cancel()
		wg.Wait()
		if !slices.Equal(ran, []string{followers[0], followers[1], followers[0]}) {
			t.Errorf("ran: %v", ran)
		}
	})
}

// TestRunWhileLeaderReturnsWhatRunDoes, and has resigned then.
func TestRunWhileLeaderReturnsWhatRunDoes(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		for _, want := range []error{nil, errors.New("enough")} {
			e := electionOn(t, v.nodes["a"])
			run := func(context.Context, uint64) error { return want }
			if err := e.RunWhileLeader(within(t, time.Minute), "a", run); !errors.Is(err, want) {
				t.Errorf("it returned %v", err)
			}
			if _, ok, _ := e.Leader(within(t, time.Minute)); ok {
				t.Error("it still leads")
			}
		}
	})
}
