package cluster

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/raft"
)

// recordingStore notes the ranges that are deleted, and fails on demand.
type recordingStore struct {
	*raft.InmemStore
	deleted []string
	fail    error
}

func (s *recordingStore) StoreLogs(logs []*raft.Log) error {
	if s.fail != nil {
		return s.fail
	}
	return s.InmemStore.StoreLogs(logs)
}

func (s *recordingStore) DeleteRange(first, last uint64) error {
	s.deleted = append(s.deleted, fmt.Sprintf("%d-%d", first, last))
	return s.InmemStore.DeleteRange(first, last)
}

func storeOf(t *testing.T, entries uint64) (*recordingStore, *logStore, *[]error) {
	t.Helper()
	below := &recordingStore{InmemStore: raft.NewInmemStore()}
	failures := new([]error)
	store, err := newLogStore(below, &latch{failed: func(err error) { *failures = append(*failures, err) }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		if err := store.StoreLog(&raft.Log{Index: i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	return below, store, failures
}

func TestCompactionDeletesFromTheHeadInPieces(t *testing.T) {
	below, store, _ := storeOf(t, 1500)
	if err := store.DeleteRange(1, 1200); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(below.deleted), "[1-512 513-1024 1025-1200]"; got != want {
		t.Errorf("deleted %s, want %s", got, want)
	}
	if last, _ := store.last(); last != 1500 {
		t.Errorf("the last entry is %d", last)
	}
}

func TestConflictingTailIsDeletedAtOnce(t *testing.T) {
	below, store, _ := storeOf(t, 1500)
	_, changed := store.last()
	if err := store.DeleteRange(100, 1500); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(below.deleted); got != "[100-1500]" {
		t.Errorf("deleted %s", got)
	}
	if last, _ := store.last(); last != 99 {
		t.Errorf("the last entry is %d", last)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was told")
	}
}

func TestNothingIsDeletedFromAnEmptyLog(t *testing.T) {
	below, store, _ := storeOf(t, 0)
	if err := store.DeleteRange(0, 100); err != nil {
		t.Fatal(err)
	}
	if last, _ := store.last(); last != 0 || len(below.deleted) != 0 {
		t.Errorf("the last entry is %d, deleted %v", last, below.deleted)
	}
}

func TestFirstFailedWriteIsTheLast(t *testing.T) {
	below, store, failures := storeOf(t, 1)
	below.fail = errors.New("input/output error")
	for range 2 {
		if err := store.StoreLog(&raft.Log{Index: 2}); !errors.Is(err, below.fail) {
			t.Errorf("a failing write: %v", err)
		}
	}
	cause := below.fail
	below.fail = nil // the disk works again, but what it has kept is unknown
	if err := store.StoreLog(&raft.Log{Index: 2}); !errors.Is(err, cause) {
		t.Errorf("a write after a failed one: %v", err)
	}
	if err := store.DeleteRange(1, 1); !errors.Is(err, cause) {
		t.Errorf("a deletion after a failed write: %v", err)
	}
	if len(*failures) != 1 {
		t.Errorf("%d failures were told, want 1", len(*failures))
	}
}
