package fsm

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

func (l *leaser) insert(key string, more ...Operation) {
	l.t.Helper()
	insert := Operation{Kind: OpInsert, Path: tree.Path{key}}
	l.apply(l.command(append([]Operation{insert}, more...)...))
}

func (l *leaser) lives() int {
	all, _ := l.m.State().Lives.Get(tree.Path{livesOf})
	return all.Len()
}

// TestCascadeEndsNoMoreThanItsShare: a chain of any length holds up no replica;
// the rest of it goes with the next ticks, which are needed at once.
func TestCascadeEndsNoMoreThanItsShare(t *testing.T) {
	l := newLeaser(t)
	const items = 2*cascadeAtOnce + 10
	for i := range items {
		l.insert(fmt.Sprint(i))
		if i > 0 {
			l.apply(l.command(Operation{Kind: OpKeepWhile, Path: tree.Path{fmt.Sprint(i)}, Keeper: tree.Path{fmt.Sprint(i - 1)}}))
		}
	}
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"0"}}))
	for left := l.m.State().Tree.Root().Len(); left > 0; {
		if wait, needed := l.m.State().NextTick(); !needed || wait != 0 {
			t.Fatalf("%d items are left, and the next tick is needed in %d: %v", left, wait, needed)
		}
		l.apply(EncodeTick(1))
		now := l.m.State().Tree.Root().Len()
		if now >= left || left-now > cascadeAtOnce {
			t.Fatalf("one tick has gone from %d items to %d", left, now)
		}
		left = now
	}
	if _, needed := l.m.State().NextTick(); needed || l.lives() > 0 {
		t.Errorf("another tick is needed: %v; %d lives are left", needed, l.lives())
	}
}

// TestLeavingWaitsBehindABacklog: a session that ends while a long chain is worked
// off makes no change that is another's.
func TestLeavingWaitsBehindABacklog(t *testing.T) {
	l := newLeaser(t)
	l.insert("keeper")
	for i := range 2 * cascadeAtOnce {
		l.insert(fmt.Sprint(i), Operation{Kind: OpKeepWhile, Keeper: tree.Path{"keeper"}})
	}
	l.insert("mine", Operation{Kind: OpEphemeral, Value: tree.IntValue(1000)})
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"keeper"}}))
	before := l.m.State().Tree
	l.apply(AppendCommand(nil, KindLeave, Header{Session: l.session}, nil))
	if after := l.m.State().Tree; after.Revision() != before.Revision() {
		t.Errorf("%d items are left of %d", after.Root().Len(), before.Root().Len())
	}
	l.apply(EncodeTick(1), EncodeTick(1), EncodeTick(1))
	if left := l.m.State().Tree.Root().Len(); left != 0 {
		t.Errorf("%d items are left in the end", left)
	}
}

// TestCascadeSparesWhoCameAfterwards: what was to go with its keeper, but was
// removed and came again before its turn, is another item.
func TestCascadeSparesWhoCameAfterwards(t *testing.T) {
	l := newLeaser(t)
	l.insert("keeper")
	var keys []string
	for i := range cascadeAtOnce + 500 {
		keys = append(keys, fmt.Sprint(i))
		l.insert(keys[i], Operation{Kind: OpKeepWhile, Keeper: tree.Path{"keeper"}})
	}
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"keeper"}}))
	var again []string
	for _, key := range keys {
		if _, waits := l.m.State().Tree.Get(tree.Path{key}); waits {
			again = append(again, key)
			l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{key}}))
			l.insert(key, Operation{Kind: OpExpire, Value: tree.IntValue(MaxLease)})
		}
	}
	for range 5 {
		l.apply(EncodeTick(1))
	}
	if left := l.m.State().Tree.Root().Len(); len(again) < 400 || left != len(again) {
		t.Errorf("%d of %d items that came again are left", left, len(again))
	}
}

// TestItemThatIsFreedBeforeItsTurnStays: what is to go with its keeper goes on
// being written to until it does.
func TestItemThatIsFreedBeforeItsTurnStays(t *testing.T) {
	for name, free := range map[string]func(l *leaser, kept tree.Path){
		"persist": func(l *leaser, kept tree.Path) { l.apply(l.command(Operation{Kind: OpPersist, Path: kept})) },
		"next session": func(l *leaser, kept tree.Path) {
			l.session, l.sequence = opened(t, l.m, l.index), 0
			l.apply(l.command(Operation{Kind: OpEphemeral, Path: kept, Value: tree.IntValue(1000)}))
		},
		"same session": func(l *leaser, kept tree.Path) {
			l.apply(l.command(Operation{Kind: OpEphemeral, Path: kept, Value: tree.IntValue(1000)}))
		},
	} {
		l := newLeaser(t)
		for i := range cascadeAtOnce + 500 {
			l.insert(fmt.Sprint(i),
				Operation{Kind: OpEphemeral, Value: tree.IntValue(1000)},
				Operation{Kind: OpOnLeave, Leave: []Operation{{Kind: OpDelete, Path: tree.Path{"other"}}}})
		}
		l.apply(AppendCommand(nil, KindLeave, Header{Session: l.session}, nil))
		freed := l.m.State().Tree.Root().Len()
		for key := range l.m.State().Tree.Root().Children() {
			free(l, tree.Path{key})
		}
		for range 5 {
			l.apply(EncodeTick(1))
		}
		if left := l.m.State().Tree.Root().Len(); freed < 400 || left != freed {
			t.Errorf("%s: of %d items %d are left", name, freed, left)
		}
	}
}

// TestItemFreedWithTheEndOfItsKeeperStays, whatever else its life says.
func TestItemFreedWithTheEndOfItsKeeperStays(t *testing.T) {
	l := newLeaser(t)
	keeper, kept := tree.Path{"keeper"}, tree.Path{"kept"}
	l.insert("keeper")
	l.insert("kept", Operation{Kind: OpKeepWhile, Keeper: keeper},
		Operation{Kind: OpOnLeave, Leave: []Operation{{Kind: OpDelete, Path: keeper}}})
	l.apply(l.command(Operation{Kind: OpRemove, Path: keeper}, Operation{Kind: OpPersist, Path: kept}))
	if _, ok := l.m.State().Tree.Get(kept); !ok {
		t.Error("it is gone")
	}
}

// TestItemKeptAgainAfterItCameAgainGoesWithItsKeeper: the life of the item before
// takes nothing with it. The keeper may be kept by the item in turn.
func TestItemKeptAgainAfterItCameAgainGoesWithItsKeeper(t *testing.T) {
	keeper, kept := tree.Path{"keeper"}, tree.Path{"kept"}
	keep := Operation{Kind: OpKeepWhile, Path: kept, Keeper: keeper}
	inTurn := Operation{Kind: OpKeepWhile, Path: keeper, Keeper: kept}
	for _, test := range []struct {
		first Operation
		again tree.Path
	}{{keep, kept}, {keep, keeper}, {inTurn, kept}, {inTurn, keeper}} {
		for times := range 3 {
			l := newLeaser(t)
			l.insert("keeper")
			l.insert("kept")
			l.apply(l.command(test.first))
			l.apply(l.command(Operation{Kind: OpRemove, Path: test.again}))
			l.apply(l.command(Operation{Kind: OpSet, Path: kept}, Operation{Kind: OpSet, Path: keeper}))
			for range 1 + times {
				l.apply(l.command(keep))
			}
			if _, ok := l.m.State().Tree.Get(kept); !ok {
				t.Errorf("%v again: it is gone, and its keeper is there", test.again)
			}
			l.apply(l.command(Operation{Kind: OpRemove, Path: keeper}))
			if _, ok := l.m.State().Tree.Get(kept); ok || l.lives() > 0 {
				t.Errorf("%v again: it is there: %v; %d lives", test.again, ok, l.lives())
			}
		}
	}
}

// TestItemThatComesAgainInOneTransactionHasNothingOfTheOneBefore: both are made by
// one revision.
func TestItemThatComesAgainInOneTransactionHasNothingOfTheOneBefore(t *testing.T) {
	keeper, item, deep := tree.Path{"keeper"}, tree.Path{"item"}, tree.Path{"item", "deep"}
	given := []Operation{
		{Kind: OpInsert, Path: deep},
		{Kind: OpExpire, Path: deep, Value: tree.IntValue(10)},
		{Kind: OpKeepWhile, Path: item, Keeper: keeper},
		{Kind: OpOnLeave, Path: deep, Leave: []Operation{{Kind: OpSet, Path: tree.Path{"left"}}}},
	}
	for _, kind := range []OperationKind{OpRemove, OpSet, OpReplace} {
		l := newLeaser(t)
		l.insert("keeper")
		l.apply(l.command(slices.Concat(given, []Operation{
			{Kind: kind, Path: item}, {Kind: OpDelete, Path: item}, {Kind: OpInsert, Path: deep}})...))
		if _, ok := l.m.State().Lease(deep); ok || l.lives() > 0 {
			t.Errorf("after %v it has a lease: %v; %d lives", kind, ok, l.lives())
		}
		l.apply(l.command(Operation{Kind: OpRemove, Path: keeper}))
		if _, ok := l.m.State().Tree.Get(deep); !ok {
			t.Errorf("after %v it has gone with the keeper of the one before", kind)
		}
	}
}

// TestItemMadeAgainWhenItsKeeperLeavesHasNothingOfTheOneBefore: all of it is one
// revision.
func TestItemMadeAgainWhenItsKeeperLeavesHasNothingOfTheOneBefore(t *testing.T) {
	l := newLeaser(t)
	keeper, deep := tree.Path{"keeper"}, tree.Path{"item", "deep"}
	l.insert("keeper", Operation{Kind: OpOnLeave, Leave: []Operation{{Kind: OpInsert, Path: deep}}},
		Operation{Kind: OpInsert, Path: deep},
		Operation{Kind: OpExpire, Value: tree.IntValue(10)},
		Operation{Kind: OpKeepWhile, Path: tree.Path{"item"}, Keeper: keeper},
		Operation{Kind: OpRemove, Path: keeper})
	if _, ok := l.m.State().Tree.Get(deep); !ok {
		t.Fatal("it is not made")
	}
	if _, ok := l.m.State().Lease(deep); ok || l.lives() > 0 {
		t.Errorf("it has a lease: %v; %d lives", ok, l.lives())
	}
}

// TestOperationsForLeavingThatAreTooLargeAreRefused: they would stop every replica.
func TestOperationsForLeavingThatAreTooLargeAreRefused(t *testing.T) {
	l := newLeaser(t)
	l.insert("a")
	half := Operation{Kind: OpSet, Path: tree.Path{"b"}, Value: tree.StringValue(strings.Repeat("x", MaxLeaveBytes/2-9))}
	fits := Operation{Kind: OpOnLeave, Path: tree.Path{"a"}, Leave: []Operation{half, half}}
	if n := len(appendOperations(nil, fits.Leave)); n != MaxLeaveBytes-1 {
		t.Fatalf("%d bytes", n)
	}
	l.apply(l.command(fits))
	large := Transaction{Operations: []Operation{{Kind: OpOnLeave, Path: tree.Path{"a"}, Leave: []Operation{half, half, half}}}}
	if _, err := EncodeBody(large); !errors.Is(err, tree.ErrTooLarge) {
		t.Errorf("encoded with error %v", err)
	}
	answers := applied(t, l.m, commandLog(l.index+1, transactionCommand(Header{l.session, 9, 9}, large)))
	if answers[0].Code != CodeTooLarge {
		t.Errorf("answered %+v", answers[0])
	}
}

// TestWritesBesideKeepersCostNoMore: what follows is looked up, and not searched
// among all that anything keeps.
func TestWritesBesideKeepersCostNoMore(t *testing.T) {
	allocations := func(keepers int) float64 {
		l := newLeaser(t)
		l.insert("keepers")
		l.insert("kept")
		for i := range keepers {
			key := fmt.Sprint(i)
			l.apply(l.command(
				Operation{Kind: OpInsert, Path: tree.Path{"keepers", key}},
				Operation{Kind: OpInsert, Path: tree.Path{"kept", key}},
				Operation{Kind: OpKeepWhile, Path: tree.Path{"kept", key}, Keeper: tree.Path{"keepers", key}}))
		}
		draft := newDraft(l.m.State().Tree, l.m.State().Lives)
		object := tree.ObjectValue(map[string]tree.Value{"0": tree.NullValue(), "other": tree.NullValue()})
		write := []Operation{
			{Kind: OpSet, Path: tree.Path{"keepers"}, Value: object},
			{Kind: OpSet, Path: tree.Path{"beside"}},
			{Kind: OpRemove, Path: tree.Path{"beside"}},
		}
		return testing.AllocsPerRun(20, func() { draft.Apply(Transaction{Operations: write}) })
	}
	if few, many := allocations(10), allocations(5000); many > few+20 {
		t.Errorf("a write takes %v allocations with 10 keepers, and %v with 5000", few, many)
	}
}

// TestObjectWrittenBesideAKeeperIsNotWalked: where nothing keeps anything, nothing
// is looked for.
func TestObjectWrittenBesideAKeeperIsNotWalked(t *testing.T) {
	allocations := func(size int) float64 {
		members := map[string]tree.Value{}
		for i := range size {
			members[fmt.Sprint(i)] = tree.NullValue()
		}
		write := Operation{Kind: OpSet, Path: tree.Path{"beside"}, Value: tree.ObjectValue(members)}
		l := newLeaser(t)
		l.insert("keeper", Operation{Kind: OpOnLeave, Leave: []Operation{{Kind: OpDelete, Path: tree.Path{"a"}}}}, write)
		draft := newDraft(l.m.State().Tree, l.m.State().Lives)
		return testing.AllocsPerRun(20, func() { draft.Apply(Transaction{Operations: []Operation{write}}) })
	}
	if few, many := allocations(10), allocations(1000); many > few+50 {
		t.Errorf("it takes %v allocations for 10 members, and %v for 1000", few, many)
	}
}

// TestOperationsForLeavingCountForTheShare: they are as much work as removals.
func TestOperationsForLeavingCountForTheShare(t *testing.T) {
	l := newLeaser(t)
	l.insert("keeper")
	count := Operation{Kind: OpAdd, Path: tree.Path{"n"}, Value: tree.IntValue(1)}
	const items = 50
	for i := range items {
		l.insert(fmt.Sprint(i),
			Operation{Kind: OpKeepWhile, Keeper: tree.Path{"keeper"}},
			Operation{Kind: OpOnLeave, Leave: slices.Repeat([]Operation{count}, MaxLeave)})
	}
	made := func() int64 {
		item, _ := l.m.State().Tree.Get(tree.Path{"n"})
		return item.Value().Int()
	}
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"keeper"}}))
	for before := int64(0); ; l.apply(EncodeTick(1)) {
		now := made()
		if now > before+cascadeAtOnce+MaxLeave {
			t.Fatalf("one change has gone from %d to %d of them", before, now)
		}
		if before = now; now == items*MaxLeave {
			return
		}
	}
}

// TestRefreshOfManyItemsCostsNoMore: it grants one lease, which is that of them
// all.
func TestRefreshOfManyItemsCostsNoMore(t *testing.T) {
	allocations := func(items int) float64 {
		l := newLeaser(t)
		for i := range items {
			l.insert(fmt.Sprint(i), Operation{Kind: OpEphemeral, Value: tree.IntValue(1000)})
		}
		draft := newDraft(l.m.State().Tree, l.m.State().Lives)
		return testing.AllocsPerRun(20, func() { draft.refreshSession(l.session) })
	}
	if few, many := allocations(goneAtOnce), allocations(2000); many > few+20 {
		t.Errorf("it takes %v allocations with %d items, and %v with 2000", few, goneAtOnce, many)
	}
}

// TestWritesWithoutLivesPayNothingForThem: a write that changes nothing shows
// what all of them pay.
func TestWritesWithoutLivesPayNothingForThem(t *testing.T) {
	draft := NewDraft(tree.New())
	write := Transaction{Operations: []Operation{{Kind: OpSet, Path: tree.Path{"a"}, Value: tree.IntValue(1)}}}
	draft.Apply(write)
	if n := testing.AllocsPerRun(100, func() { draft.Apply(write) }); n > 0 {
		t.Errorf("a write that changes nothing takes %v allocations", n)
	}
}

// TestKeptItemsThatAreGoneDoNotPileUp: neither do the lists of those that kept
// them.
func TestKeptItemsThatAreGoneDoNotPileUp(t *testing.T) {
	l := newLeaser(t)
	l.insert("keeper")
	most := 0
	for i := range 10 * sweepLeast {
		key := fmt.Sprint(i)
		l.insert(key,
			Operation{Kind: OpKeepWhile, Keeper: tree.Path{"keeper"}},
			Operation{Kind: OpEphemeral, Value: tree.IntValue(1000)})
		l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{key}}))
		if most = max(most, l.m.State().Lives.Len()); most > 12*sweepLeast {
			t.Fatalf("%d entries after %d items that are gone", most, i)
		}
	}
}

// TestNothingIsLeftOfALifeThatSaysNothing: neither of the life nor in any list.
func TestNothingIsLeftOfALifeThatSaysNothing(t *testing.T) {
	l := newLeaser(t)
	a, b := tree.Path{"a"}, tree.Path{"b"}
	leaving := []Operation{{Kind: OpDelete, Path: b}}
	for name, taken := range map[string][2]Operation{
		"lease":     {{Kind: OpExpire, Path: b, Value: tree.IntValue(1)}, {Kind: OpPersist, Path: b}},
		"keeper":    {{Kind: OpKeepWhile, Path: b, Keeper: a}, {Kind: OpPersist, Path: b}},
		"session":   {{Kind: OpEphemeral, Path: b, Value: tree.IntValue(1)}, {Kind: OpPersist, Path: b}},
		"on leave":  {{Kind: OpOnLeave, Path: b, Leave: leaving}, {Kind: OpOnLeave, Path: b}},
		"left":      {{Kind: OpOnLeave, Path: a, Leave: leaving}, {Kind: OpRemove, Path: a}},
		"no keeper": {{Kind: OpKeepWhile, Path: b, Keeper: a}, {Kind: OpRemove, Path: a}},
	} {
		l.insert("a")
		l.insert("b")
		l.apply(l.command(taken[0], Operation{Kind: OpSet, Path: tree.Path{"c"}}))
		l.apply(l.command(taken[1]))
		for _, list := range []string{livesOf, livesBeneath, livesNew, livesEnded} {
			if item, _ := l.m.State().Lives.Get(tree.Path{list}); item.Len() > 0 {
				t.Errorf("%s: %q has %v", name, list, item.Value())
			}
		}
		l.apply(l.command(Operation{Kind: OpDelete, Path: a}, Operation{Kind: OpDelete, Path: b}))
	}
}

// TestRefusedTransactionEndsNoLaterLease: what it had made at a path is forgotten
// with it, also in the batch that both are in.
func TestRefusedTransactionEndsNoLaterLease(t *testing.T) {
	l := newLeaser(t)
	a, lease := tree.Path{"a"}, tree.IntValue(MaxLease)
	leaving := []Operation{{Kind: OpInsert, Path: tree.Path{"b"}}, {Kind: OpExpire, Value: lease}, {Kind: OpRemove, Path: tree.Path{"none"}}}
	l.insert("a", Operation{Kind: OpExpire, Value: lease})
	l.insert("leaves", Operation{Kind: OpOnLeave, Leave: leaving})
	l.index++
	answers := applied(t, l.m, commandLog(l.index,
		l.command(Operation{Kind: OpRemove, Path: a}, Operation{Kind: OpInsert, Path: a}, Operation{Kind: OpExpire, Path: a, Value: lease}, Operation{Kind: OpRemove, Path: tree.Path{"none"}}),
		l.command(Operation{Kind: OpSet, Path: a, Value: tree.IntValue(2)})))
	if answers[0].Code != CodeNotFound || answers[1].Code != CodeOK {
		t.Fatalf("answered %+v", answers)
	}
	if _, ok := l.m.State().Lease(a); !ok {
		t.Error("the item has lost its lease")
	}
	b := tree.Path{"b"}
	l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{"leaves"}}),
		l.command(Operation{Kind: OpInsert, Path: b}, Operation{Kind: OpExpire, Value: lease}, Operation{Kind: OpSet, Path: b, Value: tree.IntValue(2)}))
	if _, ok := l.m.State().Lease(b); !ok {
		t.Error("what comes where an operation for leaving was refused has no lease")
	}
}

// TestSessionThatKeepsNothingMoreHasNoLease: else its instance would refresh it
// for ever.
func TestSessionThatKeepsNothingMoreHasNoLease(t *testing.T) {
	l := newLeaser(t)
	const items = 3 * goneAtOnce
	for i := range items {
		l.insert(fmt.Sprint(i), Operation{Kind: OpEphemeral, Value: tree.IntValue(1000)})
	}
	for i := range items {
		l.apply(l.command(Operation{Kind: OpRemove, Path: tree.Path{fmt.Sprint(i)}}))
	}
	refresh := AppendCommand(nil, KindRefresh, Header{Session: l.session}, nil)
	refreshes := 0
	for ; l.lives() > 0; refreshes++ {
		l.index++
		applied(t, l.m, commandLog(l.index, refresh))
	}
	if refreshes != items/goneAtOnce {
		t.Errorf("it took %d refreshes", refreshes)
	}
}

// TestRefreshedSessionStays: an instance that only keeps its items alive is not
// silent.
func TestRefreshedSessionStays(t *testing.T) {
	l := newLeaser(t)
	l.insert("a", Operation{Kind: OpEphemeral, Value: tree.IntValue(SessionTTL)})
	refresh := AppendCommand(nil, KindRefresh, Header{Session: l.session}, nil)
	for range 6 {
		l.apply(EncodeTick(SessionTTL / 2))
		l.apply(refresh)
	}
	l.insert("b")
	for range MaxSessions + 1 {
		l.apply(openCommand(), refresh)
	}
	l.insert("c")
}

// TestKeysCreatedLaterDoNotDependOnTheBatch: those that are made because an item
// has left count from the beginning of their own change.
func TestKeysCreatedLaterDoNotDependOnTheBatch(t *testing.T) {
	leaving := []Operation{{Kind: OpCreate, Path: tree.Path{"left"}}}
	logs := func(l *leaser) (commands [][]byte) {
		create := Operation{Kind: OpCreate, Path: tree.Path{"made"}}
		for _, key := range []string{"a", "b", "c"} {
			path := tree.Path{key}
			commands = append(commands, l.command(Operation{Kind: OpInsert, Path: path}, Operation{Kind: OpOnLeave, Leave: leaving}))
		}
		return append(commands,
			l.command(Operation{Kind: OpExpire, Path: tree.Path{"a"}, Value: tree.IntValue(1)}),
			l.command(Operation{Kind: OpEphemeral, Path: tree.Path{"b"}, Value: tree.IntValue(10)}),
			EncodeTick(0), EncodeTick(0),
			l.command(create, create), EncodeTick(2),
			l.command(create, create, create), AppendCommand(nil, KindLeave, Header{Session: l.session}, nil),
			l.command(create, Operation{Kind: OpRemove, Path: tree.Path{"c"}}))
	}
	together, apart := newLeaser(t), newLeaser(t)
	together.apply(logs(together)...)
	for _, command := range logs(apart) {
		apart.apply(command)
	}
	if a, b := together.m.State().Tree, apart.m.State().Tree; a.Digest() != b.Digest() || a.Len() < 9 {
		t.Errorf("in one batch %v, in many %v", a.Root().Value(), b.Root().Value())
	}
}

// TestNestedOperationsForLeavingAreNotRead: a stack has an end, and an input need
// not have one.
func TestNestedOperationsForLeavingAreNotRead(t *testing.T) {
	deep := []Operation{{Kind: OpDelete, Path: tree.Path{"a"}}}
	for range 3 {
		deep = []Operation{{Kind: OpOnLeave, Path: tree.Path{"a"}, Leave: deep}}
	}
	if _, err := EncodeBody(Transaction{Operations: deep}); err == nil {
		t.Error("they are encoded")
	}
	if _, err := DecodeCommand(applyCommand(Header{1, 1, 1}, nil, deep)); err == nil {
		t.Error("they are decoded")
	}
	many := bytes.Repeat([]byte{byte(OpOnLeave), 1, 1, 'a', 1}, MaxCommandBytes/8)
	body := slices.Concat([]byte{0, 1}, many, []byte{0})
	if _, err := DecodeCommand(AppendCommand(nil, KindApply, Header{1, 1, 1}, body)); err == nil {
		t.Error("a million of them are decoded")
	}
}
