package cluster_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/transport"
	"example.com/gstate/tree"
)

// TestFollowerThatMissed200000WritesCatchesUpThroughASnapshot uses real files
// and sockets.
func TestFollowerThatMissed200000WritesCatchesUpThroughASnapshot(t *testing.T) {
	const writes, writers = 200_000, 512
	var configs []cluster.Config
	nodes := openReal(t, 3, func(cfg *cluster.Config) {
		cfg.SnapshotEntries, cfg.TrailingLogs = 100, 10
		configs = append(configs, *cfg)
	})
	if err := nodes[2].Shutdown(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}

	var next atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := next.Add(1); i <= writes; i = next.Add(1) {
				if _, err := nodes[w%2].Set(t.Context(), path("items", fmt.Sprint(i%5000)), i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	last := max(nodes[0].Tree().Revision(), nodes[1].Tree().Revision())
	if last != writes {
		t.Fatalf("%d writes made revision %d", writes, last)
	}

	returned := open(t, configs[2])
	want, err := nodes[0].ReadAt(within(t, 30*time.Second), last)
	if err != nil {
		t.Fatal(err)
	}
	got, err := returned.ReadAt(within(t, 30*time.Second), last)
	if err != nil {
		t.Fatalf("the follower is at revision %d: %v", returned.Tree().Revision(), err)
	}
	if got.Digest() != want.Digest() || !got.Root().Value().Equal(want.Root().Value()) {
		t.Error("the follower serves other content")
	}
	// The state is shown before the log is told of the snapshot that brought it,
	// and what comes after that is applied later than both.
	after, err := nodes[0].Set(within(t, 30*time.Second), path("after"), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := returned.ReadAt(within(t, 30*time.Second), after); err != nil {
		t.Fatal(err)
	}
	if returned.Status().SnapshotIndex == 0 {
		t.Error("it was caught up without a snapshot: the test tests nothing")
	}
}

// TestMemberThatReturnsIsServedAtOnce: the engine alone waits longer and longer
// before it tries a member again, up to ten seconds.
func TestMemberThatReturnsIsServedAtOnce(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		id := v.follower()
		v.stop(id)
		leader := v.nodes[v.leader()]
		for i := range 600 {
			if _, err := leader.Set(within(t, time.Minute), path("n"), i); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		v.start(id)
		began := time.Now()
		if _, err := v.nodes[id].ReadAt(within(t, time.Minute), leader.Tree().Revision()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it was up to date after %v", took)
		}
	})
}

// throttled is a network whose connections carry so many bytes a second.
type throttled struct {
	transport.Network
	rate int
}

func (n throttled) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := n.Network.Dial(ctx, address)
	return throttledConn{conn, n.rate}, err
}

type throttledConn struct {
	net.Conn
	rate int
}

func (c throttledConn) Write(b []byte) (written int, err error) {
	for len(b) > 0 && err == nil {
		piece := b[:min(len(b), 16<<10)]
		time.Sleep(time.Duration(len(piece)) * time.Second / time.Duration(c.rate))
		var n int
		n, err = c.Conn.Write(piece)
		written, b = written+n, b[n:]
	}
	return written, err
}

// TestMemberThatMissedLargeWritesCatchesUpOverASlowLink: the engine gives one
// message ten seconds, whatever its size, and repeats it then.
func TestMemberThatMissedLargeWritesCatchesUpOverASlowLink(t *testing.T) {
	tune := func(cfg *cluster.Config) { cfg.Network, cfg.SnapshotBytes = throttled{cfg.Network, 1 << 20}, 1<<40 }
	inVirtualTime(t, 3, tune, func(t *testing.T, v *virtual) {
		id := v.follower()
		v.stop(id)
		leader := v.nodes[v.leader()]
		large := strings.Repeat("x", tree.MaxValueBytes)
		for i := range 20 {
			if _, err := leader.Set(within(t, time.Minute), path("n", fmt.Sprint(i)), []any{large, large, i}); err != nil {
				t.Fatal(err)
			}
		}
		v.start(id)
		if _, err := v.nodes[id].ReadAt(within(t, 10*time.Minute), leader.Tree().Revision()); err != nil {
			t.Error(err)
		}
	})
}
