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
	command := exec.Command(os.Args[0], "-test.run=^TestOpenGivenFile$")
	command.Env = append(os.Environ(), givenFile+"="+path, "GORACE=atexit_sleep_ms=0")
	output, err := command.Output()
	return string(output), err
}

const givenFile = "GSTATE_TEST_BOLT_FILE"

// TestOpenGivenFile is what openElsewhere runs.
func TestOpenGivenFile(t *testing.T) {
	path := os.Getenv(givenFile)
	if path == "" {
		t.Skip("no file is given")
	}
	openBoltStore(t, path).Close()
	db, err := bbolt.Open(path, 0o600, boltOptions(false))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(key, _ []byte) error {
				_, err := fmt.Printf("%s %x\n", name, key)
				return err
			})
		})
	})
}

// FuzzCheckPages: no file may end the process that checks it, nor keep it.
func FuzzCheckPages(f *testing.F) {
	path := filepath.Join(f.TempDir(), "raft.db")
	store := openPaged(f, path, minPageBytes)
	add := func() {
		content := readFile(f, path)
		l := layoutOf(content)
		f.Add(content[:int(l.u64(l.newest()+56))*l.pageSize])
	}
	add()
	storeConf(f, store)
	storeEntries(f, store, 1, 30, func(i uint64) int { return int(i) * 5 })
	add()
	deleteEntries(f, store, 1, 10)
	add()
	f.Fuzz(func(t *testing.T, content []byte) {
		first := checkBytes(content)
		sealed := bytes.Clone(content)
		sealMetas(sealed)
		for _, err := range []error{first, checkBytes(sealed)} {
			if err != nil && !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v, want ErrCorrupt", err)
			}
		}
	})
}

func BenchmarkCheckPages(b *testing.B) {
	for name, size := range map[string]int{"100B": 100, "1KiB": 1 << 10, "64KiB": 64 << 10} {
		b.Run(name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "raft.db")
			store := openBoltStore(b, path)
			storeEntries(b, store, 1, uint64(200<<20/(size+60)), func(uint64) int { return size })
			store.Close()
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				if err := checkPages(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
