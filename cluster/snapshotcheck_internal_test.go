package cluster

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

// testMembers is the configuration of the snapshots below.
var testMembers = raft.Configuration{Servers: []raft.Server{{ID: "a", Address: "a"}, {ID: "b", Address: "b"}}}

// snapshotFolder makes a folder with a snapshot of entry 28 and one of entry
// 52.
func snapshotFolder(t *testing.T) (dir string, store raft.SnapshotStore) {
	t.Helper()
	dir = t.TempDir()
	store, err := raft.NewFileSnapshotStoreWithLogger(dir, snapshotsKept, hclog.NewNullLogger())
	if err != nil {
		t.Fatal(err)
	}
	machine := fsm.New(nil)
	_, peers := raft.NewInmemTransport("a") // encodes addresses
	for _, index := range []uint64{28, 52} {
		open := fsm.AppendCommand(nil, fsm.KindOpenSession, fsm.Header{}, nil)
		machine.Apply(&raft.Log{Index: index, Term: 2, Type: raft.LogCommand, Data: fsm.EncodeEntry([][]byte{open})})
		sink, err := store.Create(raft.SnapshotVersionMax, index, 2, testMembers, 1, peers)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := machine.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if err := snapshot.Persist(sink); err != nil {
			t.Fatal(err)
		}
	}
	return dir, store
}

// TestSnapshotIsNotBelievedWhatItsDescriptionSays flips each bit of the newest
// meta.json. A wrong term would cost the log, and a wrong index would have
// entries passed over.
func TestSnapshotIsNotBelievedWhatItsDescriptionSays(t *testing.T) {
	dir, store := snapshotFolder(t)
	list, err := store.List()
	if err != nil || len(list) != 2 {
		t.Fatalf("%d snapshots, %v", len(list), err)
	}
	file := filepath.Join(dir, snapshotsFolder, list[0].ID, "meta.json")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for at := range good {
		for bit := range 8 {
			content := bytes.Clone(good)
			content[at] ^= 1 << bit
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if noticed(t, store, dir, list[0]) {
				damaged++
			}
		}
	}
	if damaged < len(good) {
		t.Errorf("%d of %d flips were noticed", damaged, 8*len(good))
	}
}

// noticed reports whether the newest snapshot is taken for damaged. One that is
// not must be shown to the engine as it was.
func noticed(t *testing.T, store raft.SnapshotStore, dir string, want *raft.SnapshotMeta) bool {
	t.Helper()
	got, err := readSnapshots(store, testMembers, dir)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := (&snapshotStore{SnapshotStore: store, damaged: got.damaged}).List()
	if err != nil {
		t.Fatal(err)
	}
	if got.damage != nil {
		if !errors.Is(got.damage, ErrCorrupt) || got.index != 28 || got.newest < 52 || len(shown) != 1 || shown[0].Index != 28 {
			t.Errorf("damage %v, starts from entry %d of %d, and the engine is shown %d snapshots", got.damage, got.index, got.newest, len(shown))
		}
		return true
	}
	// The engine does not use Peers in this version, and the index of the
	// configuration for nothing that it does.
	now := *shown[0]
	now.Peers, now.ConfigurationIndex = want.Peers, want.ConfigurationIndex
	if got.index != 52 || !reflect.DeepEqual(&now, want) {
		content, _ := os.ReadFile(filepath.Join(dir, snapshotsFolder, want.ID, "meta.json"))
		t.Errorf("taken for good: %s", content)
	}
	return false
}

// TestLogMustReplaceADamagedSnapshot: a member starts from an older snapshot
// only if it has everything since.
func TestLogMustReplaceADamagedSnapshot(t *testing.T) {
	damage := errors.New("damaged")
	for name, test := range map[string]struct {
		first, last uint64
		from        snapshots
		accepted    bool
	}{
		"the log leads from the older one to it":   {29, 52, snapshots{index: 28, newest: 52, damage: damage}, true},
		"the log overlaps the older one":           {20, 60, snapshots{index: 28, newest: 52, damage: damage}, true},
		"the log begins too late":                  {30, 60, snapshots{index: 28, newest: 52, damage: damage}, false},
		"the log ends too early":                   {29, 51, snapshots{index: 28, newest: 52, damage: damage}, false},
		"there is no log":                          {1, 0, snapshots{index: 28, newest: 52, damage: damage}, false},
		"no snapshot is left, and the whole log":   {1, 52, snapshots{newest: 52, damage: damage}, true},
		"no snapshot is left, and not all the log": {2, 52, snapshots{newest: 52, damage: damage}, false},
	} {
		t.Run(name, func(t *testing.T) {
			logs := logOf(t, test.first, test.last, 1)
			before := contents(t, logs)
			_, err := newSnapshotLog(logs, test.from)
			if (err == nil) != test.accepted || err != nil && !errors.Is(err, damage) {
				t.Errorf("error is %v, want accepted: %v", err, test.accepted)
			}
			if after := contents(t, logs); after != before {
				t.Errorf("the log is %s, and was %s", after, before)
			}
		})
	}
}
