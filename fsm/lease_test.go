package fsm

import (
	"fmt"
	"testing"

	"example.com/gstate/tree"
)

// leaser applies one entry after the other to a machine, in one session.
type leaser struct {
	t        *testing.T
	m        *Machine
	index    uint64
	session  uint64
	sequence uint64
}

func newLeaser(t *testing.T) *leaser {
	m := New(nil)
	return &leaser{t: t, m: m, index: 1, session: opened(t, m, 1)}
}

func (l *leaser) apply(commands ...[]byte) {
	l.t.Helper()
	l.index++
	for _, answer := range applied(l.t, l.m, commandLog(l.index, commands...)) {
		if answer.Code != CodeOK {
			l.t.Fatal(answer.Code.Err())
		}
	}
}

func (l *leaser) command(operations ...Operation) []byte {
	l.sequence++
	return applyCommand(Header{l.session, l.sequence, l.sequence}, nil, operations)
}

// leased returns the operations that insert an item with a lease.
func leased(key string, ttl int64) []Operation {
	path := tree.Path{"leased", key}
	return []Operation{{Kind: OpInsert, Path: path}, {Kind: OpExpire, Path: path, Value: tree.IntValue(ttl)}}
}

// TestLeasesOfGoneItemsDoNotPileUp: an item that is removed before its time
// leaves its lease behind.
func TestLeasesOfGoneItemsDoNotPileUp(t *testing.T) {
	l := newLeaser(t)
	for i := range 500 {
		l.apply(l.command(leased(fmt.Sprint("stays", i), MaxLease)...))
	}
	most := 0
	for i := range 10 * sweepLeast {
		key := fmt.Sprint("goes", i)
		l.apply(l.command(leased(key, MaxLease)...), l.command(Operation{Kind: OpRemove, Path: tree.Path{"leased", key}}))
		if i%100 == 0 {
			l.apply(EncodeTick(1))
		}
		held, _ := l.m.State().Lives.Get(tree.Path{livesOf})
		most = max(most, held.Len())
	}
	if most > sweepLeast {
		t.Errorf("there were %d leases of 500 items", most)
	}
	for i := range 500 {
		if _, ok := l.m.State().Lease(tree.Path{"leased", fmt.Sprint("stays", i)}); !ok {
			t.Fatalf("item %d has lost its lease", i)
		}
	}
}

// TestTickRemovesNoMoreThanItsShare: the rest goes with the next ones, which
// are needed at once.
func TestTickRemovesNoMoreThanItsShare(t *testing.T) {
	l := newLeaser(t)
	const items = 2*expiredAtOnce + 10
	for i := range items {
		l.apply(l.command(leased(fmt.Sprint(i), 5)...))
	}
	l.apply(EncodeTick(0), EncodeTick(0))
	for _, left := range []int{expiredAtOnce + 10, 10, 0} {
		l.apply(EncodeTick(6))
		item, _ := l.m.State().Tree.Get(tree.Path{"leased"})
		wait, needed := l.m.State().NextTick()
		if item.Len() != left || needed != (left > 0) || wait != 0 {
			t.Errorf("%d items are left, want %d; another tick is needed in %d: %v", item.Len(), left, wait, needed)
		}
	}
}

// TestLeaseRunsFromItsBeginningToItsEnd: that is with the second tick.
func TestLeaseRunsFromItsBeginningToItsEnd(t *testing.T) {
	l := newLeaser(t)
	l.apply(l.command(leased("a", 5)...))
	for i, want := range []bool{false, true, true, false} {
		l.apply(EncodeTick(3))
		if got := l.m.State().LeaseRuns(); got != want {
			t.Errorf("after tick %d it runs: %v", i+1, got)
		}
	}
}

// TestGoneItemDoesNotKeepTheClockTicking: its lease would else wait for its end,
// with an entry of the log each second.
func TestGoneItemDoesNotKeepTheClockTicking(t *testing.T) {
	l := newLeaser(t)
	l.apply(l.command(leased("a", MaxLease)...))
	l.apply(EncodeTick(0), EncodeTick(0))
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"leased", "a"}}))
	l.apply(EncodeTick(1000))
	if wait, needed := l.m.State().NextTick(); needed {
		t.Errorf("the next tick is needed in %d", wait)
	}
}

func TestClockDoesNotOverflow(t *testing.T) {
	l := newLeaser(t)
	for range 1_000_000 {
		if l.m.State().Clock == clockMax {
			break
		}
		l.m.Apply(commandLog(l.index+1, EncodeTick(MaxLease)))
		l.index++
	}
	// Its session has ended long ago.
	l.index++
	l.session, l.sequence = opened(t, l.m, l.index), 0
	l.apply(l.command(leased("a", MaxLease)...))
	l.apply(EncodeTick(MaxLease), EncodeTick(MaxLease))
	if clock := l.m.State().Clock; clock != clockMax || l.m.State().Err != nil {
		t.Errorf("the clock is at %d, %v", clock, l.m.State().Err)
	}
}
