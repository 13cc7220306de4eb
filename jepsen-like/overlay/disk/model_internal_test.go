package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// The model is tested here by what the overlay lets package os call.

func model(t *testing.T, seed uint64) *Disk {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := open(folder, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *Disk) path(name string) string { return filepath.Join(d.folder, name) }

// make opens a file of the model, and closes it when the test ends.
func (d *Disk) make(t *testing.T, name string, flag int) *file {
	t.Helper()
	path := d.path(name)
	handle, f, err := d.open(path, flag, func() (*os.File, error) { return os.OpenFile(path, flag, 0o600) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { handle.Close() })
	return f
}

// put writes as package os does with the overlay.
func (f *file) put(content []byte, at int64) error {
	allowed, err := f.write(len(content), at)
	_, written := f.handle.WriteAt(content[:allowed], at)
	return errors.Join(err, written)
}

// cut returns what a power cut has left of a file, and nil if it is not there.
func (d *Disk) cut(t *testing.T, name string) []byte {
	t.Helper()
	d.Cut()
	if _, err := d.Restore(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(d.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return content
}

const create = os.O_RDWR | os.O_CREATE

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestSyncedContentIsKeptAndTheRestIsDrawnBySector: over many seeds each of two
// sectors is seen old and new, alone and with the other one.
func TestSyncedContentIsKeptAndTheRestIsDrawnBySector(t *testing.T) {
	before, after := bytes.Repeat([]byte{1}, 3*sectorSize), bytes.Repeat([]byte{2}, 2*sectorSize)
	seen := map[string]int{}
	for seed := range uint64(100) {
		d := model(t, seed)
		f := d.make(t, "file", create)
		check(t, f.put(before, 0), f.sync(), f.put(after, 0))
		content := d.cut(t, "file")
		if len(content) != len(before) || content[2*sectorSize] != 1 {
			t.Fatalf("seed %d: what was synced is gone: %d bytes, %d", seed, len(content), content[2*sectorSize])
		}
		seen[string([]byte{'0' + content[0], '0' + content[sectorSize]})]++
	}
	for _, combination := range []string{"11", "12", "21", "22"} {
		if seen[combination] == 0 {
			t.Errorf("two sectors were never left as %s (1 old, 2 new): %v", combination, seen)
		}
	}
}

// TestWhatASyncFailedToWriteIsLostToLaterOnes: the next sync succeeds, and says
// nothing of it.
func TestWhatASyncFailedToWriteIsLostToLaterOnes(t *testing.T) {
	d := model(t, 1)
	f := d.make(t, "file", create)
	check(t, f.put([]byte("old"), 0), f.sync(), f.put([]byte("new"), 0))
	d.Fail(Sync, syscall.EIO, 1)
	if err := f.sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("a sync that was to fail: %v", err)
	}
	check(t, f.sync())
	if content := d.cut(t, "file"); string(content[:3]) != "old" {
		t.Errorf("after a failed sync, a good one and a power cut the file has %q, want the old content", content)
	}
}

func TestATruncatedFileComesBack(t *testing.T) {
	kept, lost := 0, 0
	for seed := range uint64(50) {
		d := model(t, seed)
		f := d.make(t, "file", create)
		check(t, f.put([]byte("content"), 0), f.sync(), f.truncate(2), f.handle.Truncate(2))
		switch content := string(d.cut(t, "file")); content {
		case "content":
			lost++
		case "co":
			kept++
		default:
			t.Fatalf("seed %d: the file has %q", seed, content)
		}
	}
	if kept == 0 || lost == 0 {
		t.Errorf("of truncations that were not synced %d were kept and %d lost, want some of each", kept, lost)
	}
}

// TestNamesAreLostFromTheEnd: what is there is what was there after one of the
// changes, and over many seeds after each of them.
func TestNamesAreLostFromTheEnd(t *testing.T) {
	states := [][]string{{}, {"folder"}, {"folder", "folder/a"}, {"folder", "folder/b"}, {"folder"}, {}}
	seen := map[int]bool{}
	for seed := range uint64(100) {
		d := model(t, seed)
		check(t, d.mkdir(d.path("folder"), 0o700))
		d.make(t, "folder/a", create)
		check(t,
			d.rename(d.path("folder/a"), d.path("folder/b")),
			d.remove(d.path("folder/b")),
			d.removeAll(d.path("folder")))
		d.cut(t, "none")
		state := slices.IndexFunc(states, func(want []string) bool { return slices.Equal(d.list(t), want) })
		if state < 0 {
			t.Fatalf("seed %d: there is %v, want one of %v", seed, d.list(t), states)
		}
		seen[state] = true
	}
	if len(seen) != 4 { // two of the states are there twice
		t.Errorf("only the states %v were left, want each of %v", seen, states)
	}
}

// list returns all names beneath the folder.
func (d *Disk) list(t *testing.T) []string {
	t.Helper()
	names := []string{}
	check(t, filepath.WalkDir(d.folder, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(d.folder, path); name != "." {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	}))
	return names
}

// TestSyncingTheFolderKeepsANewName, and that of the file itself does too, but
// not one that it was given later.
func TestSyncingTheFolderKeepsANewName(t *testing.T) {
	late := 0
	for seed := range uint64(50) {
		d := model(t, seed)
		old := d.make(t, "file", create)
		check(t, old.put([]byte("old"), 0), old.sync())
		f := d.make(t, "file.new", create)
		check(t, f.put([]byte("new"), 0), f.sync(), d.rename(d.path("file.new"), d.path("file")))
		if seed%2 == 0 {
			check(t, d.make(t, ".", os.O_RDONLY).sync())
		}
		content := string(d.cut(t, "file"))
		if seed%2 == 0 && content != "new" {
			t.Fatalf("seed %d: the folder was synced, and the file has %q", seed, content)
		}
		if content == "old" {
			late++
		} else if content != "new" {
			t.Fatalf("seed %d: the file has %q", seed, content)
		}
	}
	if late == 0 {
		t.Error("no rename was lost without a sync of the folder")
	}
}

func TestAPowerCutEndsWhatIsOpenForEver(t *testing.T) {
	d := model(t, 1)
	f := d.make(t, "file", create)
	check(t, f.sync())
	d.cut(t, "file")
	if err := f.put([]byte("x"), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("a write of a process that the cut has ended: %v, want %v", err, syscall.EIO)
	}
	if err := d.make(t, "file", create).put([]byte("x"), 0); err != nil {
		t.Errorf("a write of the next process: %v", err)
	}
}

// TestAFullDiskTakesAPartOfWholeSectors: what is there of a write that did not fit
// ends with a sector, wherever the write began. The head of a sector with the tail
// of its former content is what no disk leaves, and no store has to outlive.
func TestAFullDiskTakesAPartOfWholeSectors(t *testing.T) {
	const begin, length = 100, 3 * sectorSize
	seen := map[int]int{}
	for seed := range uint64(60) {
		d := model(t, seed)
		f := d.make(t, "file", create)
		check(t, f.put(make([]byte, 4*sectorSize), 0))
		d.Fail(Write, syscall.ENOSPC, Always)
		if err := f.put(bytes.Repeat([]byte{1}, length), begin); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("writing to a full disk: %v, want %v", err, syscall.ENOSPC)
		}
		d.Heal()
		content := make([]byte, 4*sectorSize)
		if _, err := f.handle.ReadAt(content, 0); err != nil {
			t.Fatal(err)
		}
		seen[bytes.Count(content, []byte{1})]++
		check(t, f.put(make([]byte, length), begin))
	}
	for _, part := range []int{0, sectorSize - begin, 2*sectorSize - begin, 3*sectorSize - begin} {
		if seen[part] == 0 {
			t.Errorf("it has never taken %d bytes: %v", part, seen)
		}
		delete(seen, part)
	}
	if len(seen) > 0 {
		t.Errorf("it has taken so many bytes so many times, and a sector of %d was half written: %v", sectorSize, seen)
	}
}

// TestAStallEndsWithAPowerCut, and with it the wait of whoever wanted to write.
func TestAStallEndsWithAPowerCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := model(t, 1)
		f := d.make(t, "file", create)
		d.Stall()
		failed := make(chan error)
		go func() { failed <- f.sync() }()
		synctest.Wait()
		select {
		case err := <-failed:
			t.Fatalf("a sync of a disk that stalls has ended: %v", err)
		default:
		}
		d.Cut()
		if err := <-failed; !errors.Is(err, syscall.EIO) {
			t.Errorf("the sync ended with %v, want %v", err, syscall.EIO)
		}
	})
}

func TestASyncTakesItsLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := model(t, 1)
		f := d.make(t, "file", create)
		d.Latency(time.Second, 2*time.Second)
		began := time.Now()
		check(t, f.sync())
		if took := time.Since(began); took < time.Second || took > 2*time.Second {
			t.Errorf("the sync took %v, want one to two seconds", took)
		}
	})
}

func TestWhatADiskHindersIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := model(t, 1)
		f := d.make(t, "file", create)
		counts := func(want uint64) {
			t.Helper()
			if got := d.Hindered(); got != want {
				t.Errorf("%d operations were hindered, want %d", got, want)
			}
		}
		d.Latency(time.Second, time.Second)
		check(t, f.sync())
		counts(0)
		d.Delay(time.Second)
		began := time.Now()
		check(t, f.sync())
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the sync took %v, want its second and that of the delay", took)
		}
		counts(1)
		d.Fail(Sync, syscall.EIO, 1)
		if err := f.sync(); !errors.Is(err, syscall.EIO) {
			t.Errorf("the sync ended with %v, want %v", err, syscall.EIO)
		}
		counts(2)
		d.Heal()
		d.Stall()
		time.AfterFunc(time.Second, func() {
			counts(3) // while it still waits
			d.Heal()
		})
		check(t, f.put([]byte("late"), 0))
		check(t, f.sync())
		counts(3)
	})
}

func TestABinaryWithoutTheOverlaySaysSo(t *testing.T) {
	if _, err := Open(t.TempDir(), 1); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("a model without the overlay: %v, want %v", err, ErrNotBuilt)
	}
}

// TestOnlyWhatIsBeneathTheFolderIsOnTheDisk, while the disk is open.
func TestOnlyWhatIsBeneathTheFolderIsOnTheDisk(t *testing.T) {
	d := model(t, 1)
	f := d.make(t, "file", create)
	for name, want := range map[string]*Disk{
		d.folder:                  d,
		d.path("file"):            d,
		d.path("none/../other"):   d,
		d.path("../elsewhere"):    nil,
		d.folder + ".aside/other": nil,
	} {
		if got := find(name); got != want {
			t.Errorf("%s is on the disk: %t, want %t", name, got != nil, want != nil)
		}
	}
	if found := findOpen(f.handle.Fd()); found != f {
		t.Errorf("the descriptor of an open file leads to %v", found)
	}
	check(t, d.Close())
	if find(d.folder) != nil || findOpen(f.handle.Fd()) != nil {
		t.Error("a closed disk is still there")
	}
}
