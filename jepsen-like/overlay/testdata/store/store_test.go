// Package store cuts the power under a bbolt store and under files.
package store

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"example.com/gstate/jepsen-like/overlay/disk"
)

var noSync = flag.Bool("nosync", false, "whether the store leaves out the sync")

const cuts = 60

// TestStoreOutlivesPowerCuts writes until the power is cut, in the middle of a
// write as often as not, and wants what was acknowledged to be there.
func TestStoreOutlivesPowerCuts(t *testing.T) {
	for seed := range uint64(cuts) {
		synctest.Test(t, func(t *testing.T) { outlive(t, seed) })
	}
}

func outlive(t *testing.T, seed uint64) {
	folder := t.TempDir()
	d, err := disk.Open(folder, seed)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.Latency(time.Millisecond, 5*time.Millisecond)
	random := rand.New(rand.NewPCG(seed, 1))
	acknowledged := uint64(0)
	for range 3 {
		db := open(t, filepath.Join(folder, "store.db"))
		if got := last(t, db); got < acknowledged {
			t.Errorf("seed %d: %d of %d writes are there", seed, got, acknowledged)
			db.Close()
			return
		}
		go func() {
			time.Sleep(time.Duration(random.IntN(100_000)) * time.Microsecond)
			d.Cut()
		}()
		acknowledged = fill(db)
		db.Close()
		lost, err := d.Restore()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %d writes, lost: %+v", seed, acknowledged, lost)
	}
}

func open(t *testing.T, path string) *bbolt.DB {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: *noSync, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatalf("the store does not open: %v", err)
	}
	return db
}

var bucket = []byte("numbers")

// fill writes one number after the other until the store fails, and returns the
// last that was acknowledged.
func fill(db *bbolt.DB) (acknowledged uint64) {
	for {
		var number uint64
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			number, _ = b.NextSequence()
			return b.Put(binary.BigEndian.AppendUint64(nil, number), make([]byte, 300))
		})
		if err != nil {
			return acknowledged
		}
		acknowledged = number
		time.Sleep(time.Millisecond)
	}
}

// last returns the highest number in the store, which must have all before it.
func last(t *testing.T, db *bbolt.DB) (number uint64) {
	err := db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(key, _ []byte) error {
			number++
			if binary.BigEndian.Uint64(key) != number {
				return fmt.Errorf("number %d is not there", number)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	return number
}

// TestFiles goes through package os.
func TestFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		d, err := disk.Open(folder, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		path := filepath.Join(folder, "file")
		if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
		d.Fail(disk.Write, syscall.ENOSPC, disk.Always)
		if err := os.WriteFile(path, []byte("other"), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("writing to a full disk: %v", err)
		}
		d.Heal()
		d.Stall()
		go func() {
			time.Sleep(time.Hour)
			d.Heal()
		}()
		began := time.Now()
		if err := os.Rename(path, path+".new"); err != nil || time.Since(began) != time.Hour {
			t.Errorf("renaming on a disk that stalls for an hour took %v: %v", time.Since(began), err)
		}
		d.Cut()
		for name, err := range map[string]error{
			"create":    os.WriteFile(path, nil, 0o600),
			"mkdir":     os.Mkdir(path, 0o700),
			"rename":    os.Rename(path+".new", path),
			"remove":    os.Remove(path + ".new"),
			"removeall": os.RemoveAll(folder),
		} {
			if !errors.Is(err, syscall.EIO) {
				t.Errorf("%s without power: %v, want %v", name, err, syscall.EIO)
			}
		}
	})
}
