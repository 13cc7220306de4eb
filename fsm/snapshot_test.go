package fsm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// smallMachine has a bit of everything that a snapshot holds.
func smallMachine(t testing.TB) *Machine {
	t.Helper()
	m := New(nil)
	a, b := opened(t, m, 1), opened(t, m, 2)
	applied(t, m, commandLog(3,
		applyCommand(Header{a, 1, 1}, nil, []Operation{set(t, "users", `{"ann":{"age":42},"list":[1,2.5,"x",null]}`)}),
		applyCommand(Header{a, 3, 1}, []Condition{{Kind: CondMissing, Path: tree.Path{"users"}}}, nil),
		applyCommand(Header{b, 1, 1}, nil, []Operation{{Kind: OpRemove, Path: tree.Path{"users", "ann"}}}),
		applyCommand(Header{b, 2, 2}, nil, []Operation{set(t, "bytes", `{"_":"$bytes","base64":"AAE="}`)}),
	))
	return m
}

// mustRefuse checks that a snapshot is refused with the error, by a machine
// that is then as it was.
func mustRefuse(t *testing.T, source io.Reader, want error) {
	t.Helper()
	m := smallMachine(t)
	state, sessions := m.State(), persist(t, m)
	err := m.Restore(io.NopCloser(source))
	if !errors.Is(err, want) {
		t.Fatalf("restored with error %v, want %v", err, want)
	}
	if !reflect.DeepEqual(m.State(), state) || !bytes.Equal(persist(t, m), sessions) {
		t.Fatal("the refused snapshot has changed the machine")
	}
}

func TestRestoreGivesTheSameMachine(t *testing.T) {
	m := smallMachine(t)
	snapshot := persist(t, m)
	again := restored(t, snapshot)
	got, want := again.State(), m.State()
	if got.Tree.Digest() != want.Tree.Digest() || got.Index != want.Index || got.Term != want.Term || got.Bytes != 0 || got.Err != nil {
		t.Errorf("restored %+v, want %+v", got, want)
	}
	if !bytes.Equal(persist(t, again), snapshot) {
		t.Error("its snapshot differs from the one it was made from")
	}
	verified, err := VerifySnapshot(bytes.NewReader(snapshot))
	if err != nil || verified.Index != want.Index || verified.Tree.Digest() != want.Tree.Digest() {
		t.Errorf("verified as %+v with error %v", verified, err)
	}
}

func TestRestoreReadsAnySource(t *testing.T) {
	snapshot := persist(t, smallMachine(t))
	for name, source := range map[string]io.Reader{
		"one byte at a time":      iotest.OneByteReader(bytes.NewReader(snapshot)),
		"data together with EOF":  iotest.DataErrReader(bytes.NewReader(snapshot)),
		"half of what is asked":   iotest.HalfReader(bytes.NewReader(snapshot)),
		"everything, then an EOF": bytes.NewReader(snapshot),
	} {
		t.Run(name, func(t *testing.T) {
			if err := New(nil).Restore(io.NopCloser(source)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRestoreRefusesEveryTruncation(t *testing.T) {
	snapshot := persist(t, smallMachine(t))
	for n := range snapshot {
		mustRefuse(t, bytes.NewReader(snapshot[:n]), tree.ErrCorrupt)
	}
}

func TestRestoreRefusesEveryFlippedBit(t *testing.T) {
	snapshot := persist(t, smallMachine(t))
	m := New(nil)
	for i := range snapshot {
		for bit := range 8 {
			damaged := bytes.Clone(snapshot)
			damaged[i] ^= 1 << bit
			err := m.Restore(nopCloser(damaged))
			if !errors.Is(err, tree.ErrCorrupt) && !errors.Is(err, tree.ErrVersion) {
				t.Fatalf("byte %d, bit %d: restored with error %v", i, bit, err)
			}
		}
	}
	if m.State().Index != 0 {
		t.Error("a refused snapshot has changed the machine")
	}
}

func TestRestoreRefuses(t *testing.T) {
	good := persist(t, smallMachine(t))
	edited := func(edit func([]byte)) []byte {
		data := bytes.Clone(good)
		edit(data)
		return data
	}
	broken := errors.New("disk is gone")
	tests := []struct {
		name   string
		source io.Reader
		want   error
	}{
		{"nothing", bytes.NewReader(nil), tree.ErrCorrupt},
		{"a byte after the tree", bytes.NewReader(append(bytes.Clone(good), 0)), tree.ErrCorrupt},
		{"another magic", bytes.NewReader(edited(func(b []byte) { b[0] = 'G' })), tree.ErrCorrupt},
		{"a later version", bytes.NewReader(edited(func(b []byte) { b[7] = 2 })), tree.ErrVersion},
		{"a section longer than the file", bytes.NewReader(edited(func(b []byte) { b[11] = 0xff })), tree.ErrCorrupt},
		{"a section with bytes too many", bytes.NewReader(withSection(good, 1)), tree.ErrCorrupt},
		{"a section that ends too early", bytes.NewReader(withSection(good, -1)), tree.ErrCorrupt},
		{"a source that fails in the header", failingAfter(good[:5], broken), broken},
		{"a source that fails in the sessions", failingAfter(good[:20], broken), broken},
		{"a source that fails in the tree", failingAfter(good[:len(good)-9], broken), broken},
		{"a source that fails at its end", failingAfter(good, broken), broken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { mustRefuse(t, test.source, test.want) })
	}
}

// withSection returns a snapshot whose section has more or fewer bytes, with
// the right length and checksum.
func withSection(snapshot []byte, more int) []byte {
	size := int(binary.LittleEndian.Uint32(snapshot[8:]))
	section := append(bytes.Clone(snapshot[snapshotFixedBytes:snapshotFixedBytes+size]), 0)
	return append(sealSection(section[:size+more]), snapshot[snapshotFixedBytes+size:]...)
}

// failingAfter returns a source that gives data and then the error.
func failingAfter(data []byte, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(data), iotest.ErrReader(err))
}

func TestPersistCancelsWhenTheSinkFails(t *testing.T) {
	m := smallMachine(t)
	full := errors.New("disk is full")
	for limit := range len(persist(t, m)) {
		snapshot, err := m.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		sink := memorySink{limit: limit, err: full}
		if err := snapshot.Persist(&sink); !errors.Is(err, full) || !sink.cancelled || sink.closed {
			t.Fatalf("limit of %d bytes: error %v, cancelled %t, closed %t", limit, err, sink.cancelled, sink.closed)
		}
	}
}

// Raft persists a snapshot beside further applies.
func TestSnapshotIsOfItsMoment(t *testing.T) {
	logs := planLogs(t, randomPlan(7, 6000), everything)
	m := New(nil)
	var writers sync.WaitGroup
	for i, log := range logs {
		if i%8 == 0 {
			want := persist(t, m)
			snapshot, err := m.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			writers.Go(func() { mustPersist(t, snapshot, want, i) })
		}
		m.Apply(log)
	}
	writers.Wait()
	if err := m.State().Err; err != nil {
		t.Fatal(err)
	}
}

func mustPersist(t *testing.T, snapshot raft.FSMSnapshot, want []byte, entry int) {
	var sink memorySink
	if err := snapshot.Persist(&sink); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(sink.Bytes(), want) {
		t.Errorf("the snapshot taken before entry %d shows later entries", entry+1)
	}
}

func TestSnapshotOfManySessionsIsRestored(t *testing.T) {
	m := New(nil)
	for index := range uint64(MaxSessions + 10) {
		id := opened(t, m, index*2+1)
		header := Header{id, 1 + index%50, 1}
		applied(t, m, commandLog(index*2+2, applyCommand(header, nil, []Operation{set(t, fmt.Sprintf("k%d", index), `1`)})))
	}
	snapshot := persist(t, m)
	if !bytes.Equal(persist(t, restored(t, snapshot)), snapshot) {
		t.Error("the restored machine has another snapshot")
	}
}
