package cluster

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

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
	// damaged are the ids of all that cannot be read.
	damaged map[string]bool
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

// readSnapshots reads all snapshots to their ends. members is the configuration
// that they must have. dir is the folder of the engine's own store, or empty:
// that store passes over what it cannot list.
func readSnapshots(store raft.SnapshotStore, members raft.Configuration, dir string) (snapshots, error) {
	all := snapshots{damaged: make(map[string]bool)}
	list, err := store.List()
	if err != nil {
		return all, fmt.Errorf("snapshots: %w", err)
	}
	listed := make(map[string]bool)
	for _, meta := range list {
		listed[meta.ID] = true
		problem := checkSnapshot(store, meta, members)
		all.damaged[meta.ID] = problem != nil
		index, term := meta.Index, meta.Term
		if named, of, ok := parseSnapshotID(meta.ID); ok {
			index, term = named, of
		}
		all.found(index, term, problem)
	}
	if dir == "" {
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

// removeUnfinished removes the snapshots that former processes have begun and not
// finished. The engine's store passes over them and keeps them for ever: a disk
// that was full when a snapshot was taken would stay so. dir may be empty.
func removeUnfinished(dir string) error {
	if dir == "" {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(dir, snapshotsFolder))
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == unfinishedSuffix {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, snapshotsFolder, entry.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("snapshots: %w", err)
	}
	return nil
}

// unfinishedSuffix is at the end of the name of a snapshot that is being written.
const unfinishedSuffix = ".tmp"

// snapshotsFolder is where the engine's store keeps them.
const snapshotsFolder = "snapshots"

// parseSnapshotID reads the name that the engine's store gives a snapshot:
// term, index and time. One that is not complete has another.
func parseSnapshotID(id string) (index, term uint64, ok bool) {
	var milliseconds uint64
	_, err := fmt.Sscanf(id, "%d-%d-%d", &term, &index, &milliseconds)
	return index, term, err == nil && id == fmt.Sprintf("%d-%d-%d", term, index, milliseconds)
}

// checkSnapshot returns what is wrong with a snapshot, or nil.
func checkSnapshot(store raft.SnapshotStore, meta *raft.SnapshotMeta, members raft.Configuration) error {
	err := checkMeta(meta, members)
	if err == nil {
		err = checkContent(store, meta)
	}
	if err != nil {
		return fmt.Errorf("%w: snapshot %s: %w", ErrCorrupt, meta.ID, err)
	}
	return nil
}

// checkMeta checks what a snapshot's meta.json says against what is known from
// elsewhere, since the engine's store has no checksum over it.
func checkMeta(meta *raft.SnapshotMeta, members raft.Configuration) error {
	if index, term, ok := parseSnapshotID(meta.ID); ok && (index != meta.Index || term != meta.Term) {
		return fmt.Errorf("its meta.json says that it ends with entry %d of term %d", meta.Index, meta.Term)
	}
	if meta.Version != raft.SnapshotVersionMax || meta.ConfigurationIndex > meta.Index {
		return fmt.Errorf("its meta.json has version %d and the members as of entry %d", meta.Version, meta.ConfigurationIndex)
	}
	if !reflect.DeepEqual(meta.Configuration, members) {
		return fmt.Errorf("its meta.json lists the members %v, not %v", meta.Configuration.Servers, members.Servers)
	}
	return nil
}

// checkContent reads the state, which says itself with which entry it ends. The
// engine counts its own entries, too, which the state machine does not see.
func checkContent(store raft.SnapshotStore, meta *raft.SnapshotMeta) error {
	_, content, err := store.Open(meta.ID)
	if err != nil {
		return err
	}
	defer content.Close()
	counted := &countingReader{source: content}
	state, err := fsm.VerifySnapshot(counted)
	if err != nil {
		return err
	}
	if counted.bytes != meta.Size {
		return fmt.Errorf("its state.bin has %d bytes, not %d", counted.bytes, meta.Size)
	}
	if state.Index > meta.Index || state.Index == meta.Index && state.Term != meta.Term {
		return fmt.Errorf("its state.bin ends with entry %d of term %d", state.Index, state.Term)
	}
	return nil
}

// countingReader counts the bytes that were read.
type countingReader struct {
	source io.Reader
	bytes  int64
}

// Read implements io.Reader.
func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.bytes += int64(n)
	return n, err
}
