package cluster

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
)

func openBoltStore(t testing.TB, path string) *raftboltdb.BoltStore {
	t.Helper()
	return openPaged(t, path, os.Getpagesize())
}

// openPaged makes a file with pages as other machines have them.
func openPaged(t testing.TB, path string, pageSize int) *raftboltdb.BoltStore {
	t.Helper()
	options := boltOptions(false)
	options.PageSize = pageSize
	store, err := raftboltdb.New(raftboltdb.Options{Path: path, BoltOptions: options, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// storeEntries stores entries with as many bytes as size says, in batches.
func storeEntries(t testing.TB, store *raftboltdb.BoltStore, first, last uint64, size func(uint64) int) {
	t.Helper()
	var batch []*raft.Log
	for i := first; i <= last; i++ {
		entry := &raft.Log{Index: i, Term: 1, Type: raft.LogNoop, Data: bytes.Repeat([]byte{byte(i)}, size(i))}
		batch = append(batch, sealedEntry(entry))
		if len(batch) < 20 && i < last {
			continue
		}
		if err := store.StoreLogs(batch); err != nil {
			t.Fatal(err)
		}
		batch = nil
	}
}

func storeConf(t testing.TB, store *raftboltdb.BoltStore) {
	t.Helper()
	for _, key := range []string{"CurrentTerm", "LastVoteTerm", "LastVoteCand"} {
		if err := store.Set([]byte(key), sealedValue([]byte(key), []byte("value 12"))); err != nil {
			t.Fatal(err)
		}
	}
}

func deleteEntries(t testing.TB, store *raftboltdb.BoltStore, first, last uint64) {
	t.Helper()
	if err := store.DeleteRange(first, last); err != nil {
		t.Fatal(err)
	}
}

// someLarge makes every fiftieth entry go on over several pages.
func someLarge(i uint64) int {
	if i%50 == 0 {
		return 10_000
	}
	return int(i % 100)
}

// firstEntry is that of usedFile.
const firstEntry = 101

// usedFile returns the content of a log that was used for some time.
func usedFile(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raft.db")
	store := openBoltStore(t, path)
	storeEntries(t, store, 1, 300, someLarge)
	storeConf(t, store)
	deleteEntries(t, store, 1, firstEntry-1)
	storeEntries(t, store, 301, 500, someLarge)
	deleteEntries(t, store, 481, 500)
	store.Close()
	return readFile(t, path)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t testing.TB, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "raft.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// layout tells what the bytes of a file are, by a walk of the test's own.
type layout struct {
	content  []byte
	pageSize int
	// kept are the bytes that are neither values nor unused.
	kept []int
	// pointers are those of them that say in which page another one is, and
	// ignored those of a bucket's sequence, which is not used, and of the
	// length of a page's last value.
	pointers, ignored map[int]bool
	// leaves, branches and buckets are the offsets of pages and bucket values.
	leaves, branches, buckets []int
}

func layoutOf(content []byte) *layout {
	l := &layout{content: content, pointers: make(map[int]bool), ignored: make(map[int]bool)}
	l.pageSize = int(binary.NativeEndian.Uint32(content[24:]))
	l.keep(0, 80)
	l.keep(l.pageSize, 80)
	l.page(int(l.u64(l.newest()+32)) * l.pageSize)
	return l
}

// newest is the offset of the newer meta page.
func (l *layout) newest() int {
	if l.u64(64) < l.u64(l.pageSize+64) {
		return l.pageSize
	}
	return 0
}

func (l *layout) u16(at int) int    { return int(binary.NativeEndian.Uint16(l.content[at:])) }
func (l *layout) u32(at int) int    { return int(binary.NativeEndian.Uint32(l.content[at:])) }
func (l *layout) u64(at int) uint64 { return binary.NativeEndian.Uint64(l.content[at:]) }

func (l *layout) keep(at, n int) {
	for i := range n {
		l.kept = append(l.kept, at+i)
	}
}

func (l *layout) page(at int) {
	count, leaf := l.u16(at+10), l.content[at+8] == leafPage
	l.keep(at, 16+16*count)
	if leaf {
		l.leaves = append(l.leaves, at)
	} else {
		l.branches = append(l.branches, at)
	}
	for e := at + 16; e < at+16+16*count; e += 16 {
		if leaf {
			l.entry(e)
			continue
		}
		l.keep(e+l.u32(e), l.u32(e+4))
		for i := range 8 {
			l.pointers[e+8+i] = true
		}
		l.page(int(l.u64(e+8)) * l.pageSize)
	}
	for i := range 4 {
		l.ignored[at+16*count+12+i] = leaf
	}
}

func (l *layout) entry(at int) {
	key, size := at+l.u32(at+4), l.u32(at+8)
	l.keep(key, size)
	if l.content[at] == bucketEntry {
		l.bucket(key + size)
	}
}

func (l *layout) bucket(at int) {
	l.buckets = append(l.buckets, at)
	l.keep(at, 16)
	for i := range 8 {
		l.pointers[at+i], l.ignored[at+8+i] = true, true
	}
	if root := int(l.u64(at)); root != 0 {
		l.page(root * l.pageSize)
	} else {
		l.page(at + 16)
	}
}

func (l *layout) put16(at, n int) { binary.NativeEndian.PutUint16(l.content[at:], uint16(n)) }
func (l *layout) put32(at, n int) { binary.NativeEndian.PutUint32(l.content[at:], uint32(n)) }
func (l *layout) put64(at, n int) { binary.NativeEndian.PutUint64(l.content[at:], uint64(n)) }

// meta changes the newest meta page as a whole.
func (l *layout) meta(at, n int) {
	l.put64(l.newest()+16+at, n)
	sealMetas(l.content)
}

// overflowing is a leaf that goes on over several pages.
func (l *layout) overflowing() int {
	for _, at := range l.leaves {
		if l.u32(at+12) > 0 {
			return at
		}
	}
	panic("no page goes on")
}

// copyKey makes one element's key that of another one of the same page.
func (l *layout) copyKey(to, from int) {
	at := func(e int) int { return e + l.u32(e+4) }
	copy(l.content[at(to):at(to)+8], l.content[at(from):])
}

// sealMetas makes the checksums right, as of metas that say something else.
func sealMetas(content []byte) {
	for at, n := 0, 0; n < 2 && at+80 <= len(content); n++ {
		hash := fnv.New64a()
		hash.Write(content[at+16 : at+72])
		binary.NativeEndian.PutUint64(content[at+72:], hash.Sum64())
		at = int(binary.NativeEndian.Uint32(content[24:]))
	}
}
