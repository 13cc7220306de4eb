package fake_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
)

// in makes a cluster whose nodes are up, in virtual time, and gives it and a
// client to the test.
func in(t *testing.T, test func(*testing.T, *fake.Cluster, *client.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := fake.New([]string{"a", "b", "c"}, fake.None)
		for _, id := range c.IDs() {
			must(t, c.Start(id))
		}
		test(t, c, client.New(c.Addresses(), c))
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask performs an operation on an item and describes the answer.
func ask(t *testing.T, nodes *client.Client, node string, function history.Function, change func(*history.Request)) string {
	t.Helper()
	request := history.Request{Number: 1, Function: function, Node: node, Item: "set/x"}
	if change != nil {
		change(&request)
	}
	kind, answer := nodes.Do(t.Context(), request)
	return fmt.Sprintf("%s %s @%d value %d modified %d", kind, answer.Code, answer.Revision, answer.Value, answer.Modified)
}

func TestTheTreeKeepsTheContract(t *testing.T) {
	in(t, func(t *testing.T, _ *fake.Cluster, nodes *client.Client) {
		since := func(revision uint64) func(*history.Request) {
			return func(r *history.Request) { r.IfMatch = revision }
		}
		for _, step := range []struct {
			function history.Function
			change   func(*history.Request)
			want     string
		}{
			{history.Update, nil, "fail not_found @0 value 0 modified 0"},
			{history.Get, nil, "ok not_found @0 value 0 modified 0"},
			{history.Insert, nil, "ok  @1 value 0 modified 0"},
			{history.Insert, nil, "fail exists @1 value 0 modified 0"},
			{history.Put, nil, "ok  @2 value 0 modified 0"},
			{history.Update, since(1), "fail conflict @2 value 0 modified 0"},
			{history.Update, since(2), "ok  @3 value 0 modified 0"},
			{history.Get, nil, "ok  @3 value 1 modified 3"},
			{history.Remove, nil, "ok  @4 value 0 modified 0"},
			{history.Remove, nil, "fail not_found @4 value 0 modified 0"},
			{history.Put, since(4), "fail not_found @4 value 0 modified 0"},
			{history.Get, nil, "ok not_found @4 value 0 modified 0"},
		} {
			if got := ask(t, nodes, "a", step.function, step.change); got != step.want {
				t.Errorf("%s: got %q, want %q", step.function, got, step.want)
			}
		}
	})
}

func TestAKilledNodeRefusesConnectionsUntilItIsStarted(t *testing.T) {
	in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
		must(t, c.Kill("c"))
		if got := ask(t, nodes, "c", history.Insert, nil); got != "fail  @0 value 0 modified 0" {
			t.Errorf("a killed node answers %q", got)
		}
		must(t, c.Start("c"))
		if got := ask(t, nodes, "c", history.Insert, nil); got != "ok  @1 value 0 modified 0" {
			t.Errorf("a started node answers %q", got)
		}
	})
}

func TestAKillLosesTheAnswerThatIsUnderWay(t *testing.T) {
	in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
		// The write is made after 4 ms, and its answer is there after 8.
		time.AfterFunc(6*time.Millisecond, func() { must(t, c.Kill("c")) })
		if got := ask(t, nodes, "c", history.Insert, nil); got != "info  @0 value 0 modified 0" {
			t.Errorf("got %q, want an unknown outcome", got)
		}
		if got := ask(t, nodes, "a", history.Get, nil); got != "ok  @1 value 1 modified 1" {
			t.Errorf("the write was not made: %q", got)
		}
	})
}

func TestWithoutALeaderNothingIsWritten(t *testing.T) {
	for name, hurt := range map[string]func(*fake.Cluster, string) error{
		"killed": (*fake.Cluster).Kill,
		"paused": (*fake.Cluster).Pause,
	} {
		t.Run("the leader is "+name, func(t *testing.T) {
			in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
				leader := nodes.Leader(t.Context(), c.IDs())
				must(t, hurt(c, leader))
				if got := ask(t, nodes, "b", history.Insert, nil); got != "fail no_leader @0 value 0 modified 0" {
					t.Errorf("got %q, want no_leader", got)
				}
				time.Sleep(time.Second)
				if got := ask(t, nodes, "b", history.Insert, nil); got != "ok  @1 value 0 modified 0" {
					t.Errorf("after an election: %q", got)
				}
				must(t, c.Resume(leader))
				if now := nodes.Leader(t.Context(), c.IDs()); now == leader || now == "" {
					t.Errorf("the leader is %q, it was %q", now, leader)
				}
			})
		})
	}
}

func TestAPausedNodeKeepsItsCallersWaiting(t *testing.T) {
	in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
		must(t, c.Pause("c"))
		start := time.Now()
		time.AfterFunc(time.Second, func() { must(t, c.Resume("c")) })
		if got := ask(t, nodes, "c", history.Insert, nil); got != "ok  @1 value 0 modified 0" || time.Since(start) < time.Second {
			t.Errorf("got %q after %v", got, time.Since(start))
		}
		must(t, c.Pause("c"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := nodes.Newest(ctx, "c"); ctx.Err() == nil || err == nil {
			t.Errorf("a paused node answers: %v", err)
		}
		must(t, c.Resume("c"))
	})
}

func TestItemsEndByThemselves(t *testing.T) {
	in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
		insert := func(item string, change func(*history.Request)) {
			t.Helper()
			got := ask(t, nodes, "c", history.Insert, func(r *history.Request) {
				r.Item = item
				change(r)
			})
			if got[:2] != "ok" {
				t.Fatalf("insert of %s: %s", item, got)
			}
		}
		insert("set/leased", func(r *history.Request) { r.TTL = time.Second })
		insert("set/kept", func(r *history.Request) { r.While = "set/leased" })
		insert("set/own", func(r *history.Request) { r.Ephemeral = time.Second })
		expect := func(when string, want map[string]bool) {
			t.Helper()
			for item, there := range want {
				got := ask(t, nodes, "a", history.Get, func(r *history.Request) { r.Item = item })
				if (got[:13] != "ok not_found ") != there {
					t.Errorf("%s: %s: %s", when, item, got)
				}
			}
		}
		time.Sleep(900 * time.Millisecond)
		expect("before the lease ends", map[string]bool{"set/leased": true, "set/kept": true, "set/own": true})
		time.Sleep(time.Minute)
		expect("when the lease has ended", map[string]bool{"set/leased": false, "set/kept": false, "set/own": true})
		must(t, c.Kill("c"))
		time.Sleep(900 * time.Millisecond)
		expect("when the node is silent", map[string]bool{"set/own": true})
		time.Sleep(200 * time.Millisecond)
		expect("when the node was silent for too long", map[string]bool{"set/own": false})
	})
}

func TestAWriteUnderALockNeedsIt(t *testing.T) {
	in(t, func(t *testing.T, _ *fake.Cluster, nodes *client.Client) {
		lock := func(r *history.Request) { r.Item = "locks/l" }
		under := func(token uint64) func(*history.Request) {
			return func(r *history.Request) { r.Held, r.Token = "locks/l", token }
		}
		for _, step := range []struct {
			function history.Function
			change   func(*history.Request)
			want     string
		}{
			{history.Put, under(1), "fail not_found @0 value 0 modified 0"},
			{history.Insert, lock, "ok  @1 value 0 modified 0"},
			{history.Put, lock, "ok  @2 value 0 modified 0"},
			{history.Put, under(1), "ok  @3 value 0 modified 0"},
			{history.Remove, lock, "ok  @4 value 0 modified 0"},
			{history.Insert, lock, "ok  @5 value 0 modified 0"},
			{history.Put, under(1), "fail conflict @5 value 0 modified 0"},
			{history.Put, under(5), "ok  @6 value 0 modified 0"},
		} {
			if got := ask(t, nodes, "a", step.function, step.change); got != step.want {
				t.Errorf("%s: got %q, want %q", step.function, got, step.want)
			}
		}
	})
}

func TestAWatchTellsOnFromARevision(t *testing.T) {
	in(t, func(t *testing.T, c *fake.Cluster, nodes *client.Client) {
		every := url.Values{"path": {"set"}, "every": {"true"}}
		stream, err := nodes.Watch(t.Context(), "c", every, 0)
		must(t, err)
		next := func(want string) {
			t.Helper()
			event, err := stream.Next()
			if got := fmt.Sprintf("%s %d %s %v %v", event.Name, event.Revision, event.Result, event.Synced, err); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		next(" 0 null true <nil>")
		ask(t, nodes, "b", history.Insert, nil)
		next(` 1 {"x":1} false <nil>`)
		ask(t, nodes, "b", history.Put, func(r *history.Request) { r.Item = "other/x" })
		next("progress 2  false <nil>")
		must(t, c.Kill("c"))
		if _, err := stream.Next(); err == nil {
			t.Error("the stream outlives its node")
		}
		ask(t, nodes, "b", history.Remove, nil)
		stream, err = nodes.Watch(t.Context(), "b", every, 2)
		must(t, err)
		defer stream.Close()
		next(" 3 {} true <nil>")
	})
}

// TestAWatchOfOnlyChangesHasNoLaterResult: the change feed is read so.
func TestAWatchOfOnlyChangesHasNoLaterResult(t *testing.T) {
	in(t, func(t *testing.T, _ *fake.Cluster, nodes *client.Client) {
		stream, err := nodes.Watch(t.Context(), "c", url.Values{"every": {"true"}, "only-changes": {"true"}}, 0)
		must(t, err)
		defer stream.Close()
		first, err := stream.Next()
		if err != nil || string(first.Result) != "{}" {
			t.Errorf("it begins with %s, %v", first.Result, err)
		}
		ask(t, nodes, "b", history.Insert, nil)
		next, err := stream.Next()
		if got := fmt.Sprintf("%s %+v %v", next.Result, next.Reasons, len(next.Changes)); err != nil || got != " [write] 1" {
			t.Errorf("got %q, %v, want one change without a result", got, err)
		}
	})
}
