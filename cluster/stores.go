package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	// snapshotsKept is two: the newest, and the one before, from which a member
	// can start if the newest is damaged and the log still reaches back to it.
	snapshotsKept = 2
	// cachedEntries is how many recent entries are kept in memory for
	// followers. An entry is at most a few MiB, and mostly a few KiB.
	cachedEntries = 128
	// lockWait is how long Open waits for a predecessor that is just ending.
	lockWait = time.Second
)

// stores are the engine's three stores and what closes them. The log is, from
// the engine down: snapshotLog, a cache of recent entries, logStore, the file.
type stores struct {
	logs      raft.LogStore
	stable    raft.StableStore
	snapshots raft.SnapshotStore
	close     func() error

	// stored and covered are the two guards within logs.
	stored  *logStore
	covered *snapshotLog
}

// openStores opens in the data folder what engine does not bring along, and
// puts the guards around it.
func (n *Node) openStores(engine *Engine) (*stores, error) {
	dir := n.cfg.Dir
	s := &stores{logs: engine.Logs, stable: engine.Stable, snapshots: engine.Snapshots, close: func() error { return nil }}
	if s.snapshots == nil {
		snapshots, err := raft.NewFileSnapshotStoreWithLogger(dir, snapshotsKept, n.engineLog)
		if err != nil {
			return nil, fmt.Errorf("snapshots: %w", err)
		}
		s.snapshots = snapshots
	}
	folder := ""
	if engine.Snapshots == nil {
		folder = dir
	}
	from, err := readSnapshots(s.snapshots, n.formation(), folder)
	if err != nil {
		return nil, err
	}
	if s.logs == nil || s.stable == nil {
		if err := s.openBolt(filepath.Join(dir, logFile), from, n.identity.Formed); err != nil {
			return nil, err
		}
		// The log is ours now, and so are the snapshots.
		if err := removeUnfinished(folder); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	if err := s.guard(from, n.fail); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openBolt opens the file that holds both the log and the stable state. A file
// that is damaged is found here, and not by a crash of the process later. One
// that a first start did not finish is made anew: the engine has never run on
// it, and it may name other members.
func (s *stores) openBolt(path string, from snapshots, formed bool) error {
	err := checkLog(path, from.index)
	if !formed && !errors.Is(err, ErrInUse) {
		err = removeFile(path)
	}
	if err != nil {
		return errors.Join(from.damage, err)
	}
	var bolt *raftboltdb.BoltStore
	err = catchFaults(func() (err error) {
		bolt, err = raftboltdb.New(raftboltdb.Options{Path: path, BoltOptions: boltOptions(false)})
		return err
	})
	if err != nil {
		return boltError(path, err)
	}
	if s.logs == nil {
		s.logs = bolt
	}
	if s.stable == nil {
		s.stable = bolt
	}
	s.close = bolt.Close
	return nil
}

// removeFile removes a file that may not be there.
func removeFile(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// boltOptions leaves the list of free pages in memory: written with each
// transaction, it has made large stores slow in every system that kept it.
func boltOptions(readOnly bool) *bbolt.Options {
	return &bbolt.Options{
		Timeout:        lockWait,
		NoFreelistSync: true,
		FreelistType:   bbolt.FreelistMapType,
		ReadOnly:       readOnly,
	}
}

// guard wraps the stores for the engine.
func (s *stores) guard(from snapshots, failed func(error)) error {
	latch := &latch{failed: failed}
	s.stable = &stableStore{StableStore: s.stable, latch: latch}
	stored, err := newLogStore(s.logs, latch)
	if err != nil {
		return err
	}
	cache, err := raft.NewLogCache(cachedEntries, stored)
	if err != nil {
		return err
	}
	covered, err := newSnapshotLog(cache, from)
	if err != nil {
		return err
	}
	s.stored, s.covered, s.logs = stored, covered, covered
	s.snapshots = &snapshotStore{SnapshotStore: s.snapshots, log: covered, damaged: from.damaged}
	return nil
}

// boltError explains why the log file cannot be opened.
func boltError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: %s", ErrInUse, filepath.Dir(path))
	case errors.Is(err, ErrVersion):
		return fmt.Errorf("log %s: %w", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, ErrCorrupt):
		return fmt.Errorf("%w: log %s: %w; keep the folder as it is, and this member off, while a majority of the others goes on", ErrCorrupt, path, err)
	}
	return fmt.Errorf("log: %w", err)
}
