package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
)

func checkBytes(content []byte) error {
	return checkBolt(bytes.NewReader(content), int64(len(content)))
}

func TestLegitimateLogFilesAreAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raft.db")
	accepted := func(state string) {
		t.Helper()
		if err := checkPages(path); err != nil {
			t.Errorf("%s: %v", state, err)
		}
	}
	db, err := bbolt.Open(path, 0o600, boltOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	accepted("a new file")
	reopened := func(state string, change func(*raftboltdb.BoltStore)) {
		t.Helper()
		store := openBoltStore(t, path)
		change(store)
		store.Close()
		accepted(state)
	}
	reopened("one transaction", func(*raftboltdb.BoltStore) {})
	reopened("two", func(*raftboltdb.BoltStore) {})
	reopened("three", func(*raftboltdb.BoltStore) {})
	reopened("one entry", func(s *raftboltdb.BoltStore) { storeEntries(t, s, 1, 1, someLarge) })
	reopened("conf", func(s *raftboltdb.BoltStore) { storeConf(t, s) })
	reopened("many entries", func(s *raftboltdb.BoltStore) { storeEntries(t, s, 2, 1000, someLarge) })
	reopened("no entries", func(s *raftboltdb.BoltStore) { deleteEntries(t, s, 1, 1000) })
	reopened("branches of branches", func(s *raftboltdb.BoltStore) {
		storeEntries(t, s, 1001, 4000, func(i uint64) int { return 500 + int(i%7)*300 })
	})
	reopened("no head", func(s *raftboltdb.BoltStore) { deleteEntries(t, s, 1001, 3500) })
	reopened("no tail", func(s *raftboltdb.BoltStore) { deleteEntries(t, s, 3600, 4000) })
	synced, err := raftboltdb.NewBoltStore(path)
	if err != nil {
		t.Fatal(err)
	}
	storeEntries(t, synced, 3600, 3700, someLarge)
	synced.Close()
	accepted("with a freelist")
	reopened("without one again", func(*raftboltdb.BoltStore) {})
}

// TestLogFilesOfManyHistoriesAreAccepted also shows that a branch's keys are
// always the first ones of its children, which bbolt nowhere says.
func TestLogFilesOfManyHistoriesAreAccepted(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 1))
		path := filepath.Join(t.TempDir(), fmt.Sprint(seed))
		store := openPaged(t, path, 1024<<(2*random.IntN(4)))
		first, last, scale := uint64(1), uint64(0), 10<<(2*random.IntN(5))
		for step := range 60 {
			switch n := random.Uint64N(200); random.IntN(4) {
			case 0:
				deleteEntries(t, store, first, min(first+n, last))
				first = min(first+n, last) + 1
			case 1:
				deleteEntries(t, store, max(first, last-min(n/4, last)), last)
				last = max(first, last-min(n/4, last)) - 1
			default:
				storeEntries(t, store, last+1, last+1+n, func(uint64) int { return random.IntN(scale) })
				last += 1 + n
			}
			if err := checkBoltFile(path); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
		}
	}
}

// TestEveryByteCounts flips one bit of each byte that is neither value nor
// unused. What a key and a value are is left to what reads the entries. The
// last value of a page may become longer: what is behind it is ignored.
func TestEveryByteCounts(t *testing.T) {
	content := usedFile(t)
	l := layoutOf(content)
	path := filepath.Join(t.TempDir(), "raft.db")
	for n, i := range l.kept {
		content[i] ^= 1 << (n % 8)
		err := checkBytes(content)
		if err == nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			err = checkLog(path, firstEntry-1)
		}
		if !errors.Is(err, ErrCorrupt) && !l.ignored[i] && !l.pointers[i] {
			t.Errorf("byte %d of page %d: %v", i%l.pageSize, i/l.pageSize, err)
		}
		content[i] ^= 1 << (n % 8)
	}
}

// TestWhatIsAcceptedOpensWithAllItsKeys flips random bits. What is accepted
// must not end the process that opens it, nor have other keys. That cannot be
// seen from within. Where one page refers to another the flip may lead to a
// former version of the page: it is as good as the right one, except for its
// keys.
func TestWhatIsAcceptedOpensWithAllItsKeys(t *testing.T) {
	content := usedFile(t)
	want, err := openElsewhere(writeFile(t, content))
	if err != nil {
		t.Fatal(err)
	}
	l := layoutOf(content)
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 5000 {
		i, bit := l.kept[random.IntN(len(l.kept))], byte(1)<<random.IntN(8)
		content[i] ^= bit
		if checkBytes(content) == nil && checkLog(writeFile(t, content), firstEntry-1) == nil {
			accepted++
			if got, err := openElsewhere(writeFile(t, content)); err != nil || got != want && !l.pointers[i] {
				t.Errorf("byte %d of page %d: %v, and the keys are %s", i%l.pageSize, i/l.pageSize, err, got)
			}
		}
		content[i] ^= bit
	}
	t.Logf("%d files accepted", accepted)
	// The test would see what it looks for.
	content[l.leaves[3]]++
	if _, err := openElsewhere(writeFile(t, content)); err == nil {
		t.Error("a damaged file did not end the process that opened it")
	}
}

// openElsewhere opens a file for writing in another process, and returns which
// keys it has then.
func openElsewhere(path string) (keys string, err error) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), givenFile+"="+path, "GORACE=atexit_sleep_ms=0")
	output, err := command.Output()
	return string(output), err
}

const givenFile = "GSTATE_TEST_BOLT_FILE"

// TestMain lets the process that openElsewhere starts print the keys of a file,
// and all others run the tests.
func TestMain(m *testing.M) {
	path := os.Getenv(givenFile)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := printKeys(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// printKeys opens a file as a member does, and then reads it.
func printKeys(path string) error {
	store, err := raftboltdb.New(raftboltdb.Options{Path: path, BoltOptions: boltOptions(false)})
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, boltOptions(false))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(key, _ []byte) error {
				_, err := fmt.Printf("%s %x\n", name, key)
				return err
			})
		})
	})
}
