package cluster

import (
	"bytes"
	"errors"
	"testing"

	"github.com/hashicorp/raft"
)

// TestStoredEntryWhoseTypeOrTermFlipsIsNotApplied: an entry's own checksum is
// over its commands alone.
func TestStoredEntryWhoseTypeOrTermFlipsIsNotApplied(t *testing.T) {
	for name, spoil := range map[string]func(*raft.Log){
		"type":     func(l *raft.Log) { l.Type ^= 1 },
		"term":     func(l *raft.Log) { l.Term ^= 4 },
		"index":    func(l *raft.Log) { l.Index ^= 1 },
		"data":     func(l *raft.Log) { l.Data = []byte("anothe") },
		"no seal":  func(l *raft.Log) { l.Extensions = nil },
		"the seal": func(l *raft.Log) { l.Extensions[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			below := raft.NewInmemStore()
			var failed error
			store, err := newLogStore(below, &latch{failed: func(err error) { failed = err }})
			if err != nil {
				t.Fatal(err)
			}
			entry := &raft.Log{Index: 1, Term: 2, Type: raft.LogCommand, Data: []byte("entry")}
			if err := store.StoreLog(entry); err != nil {
				t.Fatal(err)
			}
			var got raft.Log
			if err := store.GetLog(1, &got); err != nil || !bytes.Equal(got.Data, entry.Data) || got.Extensions != nil || entry.Extensions != nil {
				t.Fatalf("read %+v, %v, and the original is %+v", got, err, entry)
			}
			var stored raft.Log
			if err := below.GetLog(1, &stored); err != nil {
				t.Fatal(err)
			}
			spoil(&stored)
			if err := store.LogStore.StoreLog(&stored); err != nil {
				t.Fatal(err)
			}
			index := stored.Index
			if err := store.GetLog(index, &got); !errors.Is(err, ErrCorrupt) || !errors.Is(failed, ErrCorrupt) {
				t.Errorf("read %+v, %v; the node is told %v", got, err, failed)
			}
		})
	}
}

// TestVoteThatFlipsOnDiskIsNotForgotten: a member with a term or a vote that is
// not its own could vote twice in one term.
func TestVoteThatFlipsOnDiskIsNotForgotten(t *testing.T) {
	below := raft.NewInmemStore()
	store := &stableStore{StableStore: below, latch: &latch{failed: func(err error) { t.Error(err) }}}
	term, vote := []byte("CurrentTerm"), []byte("LastVoteCand")
	if _, err := store.GetUint64(term); err != nil && err.Error() != "not found" {
		t.Errorf("before anything is stored: %v", err)
	}
	if err := store.SetUint64(term, 7); err != nil {
		t.Fatal(err)
	}
	if err := store.Set(vote, []byte("b")); err != nil {
		t.Fatal(err)
	}
	if got, err := store.GetUint64(term); err != nil || got != 7 {
		t.Errorf("term %d, %v", got, err)
	}
	if got, err := store.Get(vote); err != nil || string(got) != "b" {
		t.Errorf("vote %q, %v", got, err)
	}
	for _, key := range [][]byte{term, vote} {
		sealed, err := below.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		for i := range sealed {
			spoiled := bytes.Clone(sealed)
			spoiled[i] ^= 1
			if err := below.Set(key, spoiled); err != nil {
				t.Fatal(err)
			}
			if got, err := store.Get(key); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s with byte %d flipped: %q, %v", key, i, got, err)
			}
		}
		if err := below.Set(key, sealed[:3]); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Get(key); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s cut short: %q, %v", key, got, err)
		}
	}
	if err := below.Set(term, sealedValue(term, []byte("short"))); err != nil {
		t.Fatal(err)
	}
	if got, err := store.GetUint64(term); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a term that is no number: %d, %v", got, err)
	}
}

// TestEntryThatStandsForAnotherIsNotApplied: its own seal is right.
func TestEntryThatStandsForAnotherIsNotApplied(t *testing.T) {
	entry := sealedEntry(&raft.Log{Index: 7, Term: 2, Type: raft.LogCommand, Data: []byte("entry")})
	if err := unsealEntry(8, entry); !errors.Is(err, ErrCorrupt) {
		t.Errorf("as entry 8: %v", err)
	}
	if err := unsealEntry(7, entry); err != nil {
		t.Error(err)
	}
}
