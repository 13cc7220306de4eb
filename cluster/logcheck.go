package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"example.com/gstate/fsm"
)

// checkLog reads a log file before it is used: its structure, and all entries,
// those too that a snapshot covers, since they may be sent to others.
func checkLog(path string, snapshot uint64) error {
	file, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && file.Size() == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	err = catchFaults(func() error { return checkPages(path) })
	if err == nil {
		err = catchFaults(func() error { return checkEntries(path, snapshot) })
	}
	if err != nil {
		return boltError(path, err)
	}
	return nil
}

// checkPages checks what the store below would trust, before it is opened for
// writing. It is opened for reading so that nobody else has it meanwhile.
func checkPages(path string) error {
	db, err := bbolt.Open(path, 0o600, boltOptions(true))
	if errors.Is(err, berrors.ErrTimeout) {
		return err
	}
	if err == nil {
		defer db.Close()
	}
	// Why bbolt does not open a file the check says better.
	if damage := checkBoltFile(path); damage != nil || err != nil {
		return cmp.Or(damage, err)
	}
	return db.View(checkConf)
}

// checkConf reads what the engine keeps beside the log: its term and its vote.
func checkConf(tx *bbolt.Tx) error {
	conf := tx.Bucket([]byte("conf"))
	if conf == nil {
		return nil
	}
	return conf.ForEach(func(key, sealed []byte) error {
		_, err := unsealValue(key, sealed)
		return err
	})
}

// checkEntries decodes all entries, and sees that they follow the snapshot.
func checkEntries(path string, snapshot uint64) error {
	store, err := raftboltdb.New(raftboltdb.Options{Path: path, BoltOptions: boltOptions(true)})
	if err != nil {
		return err
	}
	defer store.Close()
	first, err := store.FirstIndex()
	if err != nil {
		return err
	}
	last, err := store.LastIndex()
	if err != nil {
		return err
	}
	if last > snapshot && first > snapshot+1 {
		return fmt.Errorf("%w: it begins with entry %d, and the newest snapshot ends with %d", ErrCorrupt, first, snapshot)
	}
	for index := first; last > 0 && index <= last; index++ {
		if err := checkEntry(store, index); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

func checkEntry(store raft.LogStore, index uint64) error {
	var entry raft.Log
	if err := store.GetLog(index, &entry); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err := unsealEntry(index, &entry); err != nil {
		return err
	}
	if entry.Type != raft.LogCommand {
		return nil
	}
	_, err := fsm.DecodeEntry(entry.Data)
	return err
}

// catchFaults runs read with the panics of a damaged file made errors, also
// those of a memory map that is longer than its file.
func catchFaults(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, cause)
		}
	}()
	return read()
}
