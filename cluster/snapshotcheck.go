package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

// snapshots is what a member has of them when it starts.
type snapshots struct {
	// index and term are those of the newest that can be read, 0 without one.
	// It is the one from which the engine starts.
	index, term uint64
	// newest is the index of the newest there is, and damage why it cannot be
	// read, nil if it can.
	newest uint64
	damage error
}

// found adds one snapshot; problem is why it cannot be read.
func (s *snapshots) found(index, term uint64, problem error) {
	switch {
	case problem == nil && index >= s.index:
		s.index, s.term = index, term
	case problem != nil && index > s.newest:
		s.damage = problem
	}
	if s.newest = max(s.newest, index); s.index == s.newest {
		s.damage = nil
	}
}

// readSnapshots reads all snapshots to their ends. dir is the folder of the
// engine's own store, or empty: what that store cannot even list it passes over.
func readSnapshots(store raft.SnapshotStore, dir string) (snapshots, error) {
	var all snapshots
	list, err := store.List()
	if err != nil {
		return all, fmt.Errorf("snapshots: %w", err)
	}
	listed := make(map[string]bool)
	for _, meta := range list {
		listed[meta.ID] = true
		all.found(meta.Index, meta.Term, checkSnapshot(store, meta))
	}
	if dir == "" || len(list) == snapshotsKept {
		return all, nil
	}
	return all, all.findUnlisted(dir, listed)
}

// findUnlisted adds the snapshots in the folder that the store has passed over.
func (s *snapshots) findUnlisted(dir string, listed map[string]bool) error {
	entries, err := os.ReadDir(filepath.Join(dir, snapshotsFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if index, term, ok := parseSnapshotID(entry.Name()); ok && !listed[entry.Name()] {
			s.found(index, term, fmt.Errorf("%w: snapshot %s: its meta.json cannot be read", ErrCorrupt, entry.Name()))
		}
	}
	return err
}

// snapshotsFolder is where the engine's store keeps them.
const snapshotsFolder = "snapshots"

// parseSnapshotID reads the name that the engine's store gives a snapshot:
// term, index and time. One that is not complete has another.
func parseSnapshotID(id string) (index, term uint64, ok bool) {
	var milliseconds uint64
	_, err := fmt.Sscanf(id, "%d-%d-%d", &term, &index, &milliseconds)
	return index, term, err == nil && id == fmt.Sprintf("%d-%d-%d", term, index, milliseconds)
}

// checkSnapshot returns what is wrong with a snapshot, or nil. The store has a
// sum over the state, but none over what it says about it.
func checkSnapshot(store raft.SnapshotStore, meta *raft.SnapshotMeta) error {
	if index, term, ok := parseSnapshotID(meta.ID); ok && (index != meta.Index || term != meta.Term) {
		return fmt.Errorf("%w: snapshot %s: its meta.json says entry %d of term %d", ErrCorrupt, meta.ID, meta.Index, meta.Term)
	}
	_, content, err := store.Open(meta.ID)
	if err == nil {
		defer content.Close()
		_, err = fsm.VerifySnapshot(content)
	}
	if err != nil {
		return fmt.Errorf("%w: snapshot %s: %w", ErrCorrupt, meta.ID, err)
	}
	return nil
}
