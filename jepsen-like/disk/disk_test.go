package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/disk"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a disk in a room of its own.
type place struct {
	t    *testing.T
	room *disk.Room
	disk *disk.Disk
	dir  string
}

// newPlace returns nothing where there can be no disk. Then the error has to say
// so: that is all there is to test.
func newPlace(t *testing.T) *place {
	t.Helper()
	room, err := disk.NewRoom()
	if errors.Is(err, disk.ErrUnavailable) {
		return nil
	}
	must(t, err)
	t.Cleanup(func() { must(t, room.Close()) })
	p := &place{t: t, room: room, dir: filepath.Join(t.TempDir(), "disk")}
	must(t, os.Mkdir(p.dir, 0o755))
	p.disk, err = room.Make(p.dir)
	if errors.Is(err, disk.ErrUnavailable) {
		return nil
	}
	must(t, err)
	t.Cleanup(func() { must(t, p.disk.Close()) })
	return p
}

// write writes a file, and flushes it and its name if that is wanted. It returns
// the error: the disk may be broken.
func (p *place) write(name string, flush bool) error {
	return p.room.Do(func() error {
		file, err := os.Create(filepath.Join(p.dir, name))
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = file.WriteString(name)
		if flush {
			root, _ := os.Open(p.dir)
			err = errors.Join(err, file.Sync(), root.Sync(), root.Close())
		}
		return err
	})
}

// has reports whether the file is there with all its content.
func (p *place) has(name string) bool {
	p.t.Helper()
	found := false
	must(p.t, p.room.Do(func() error {
		content, err := os.ReadFile(filepath.Join(p.dir, name))
		found = string(content) == name
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}))
	return found
}

func TestADiskThatWasShutDownHasWhatWasFlushedAndNothingElse(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	must(t, p.write("flushed", true))
	must(t, p.write("written", false))
	must(t, p.disk.ShutDown())
	if err := p.write("late", true); err == nil {
		t.Error("a disk that was shut down takes a write")
	}
	must(t, p.disk.Replug())
	for name, want := range map[string]bool{"flushed": true, "written": false, "late": false} {
		if got := p.has(name); got != want {
			t.Errorf("the file that was %s is there: %v, want %v", name, got, want)
		}
	}
	must(t, p.write("anew", true))
}

func TestADiskThatIsPluggedInAnewWithoutAShutDownHasAllThatWasWritten(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	must(t, p.write("written", false))
	must(t, p.disk.Replug())
	if !p.has("written") {
		t.Error("the file is lost")
	}
}

func TestAFullDiskTakesNothingUntilItIsFreed(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	must(t, p.disk.Fill())
	if err := p.write("more", true); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a full disk takes a write, error %v", err)
	}
	must(t, p.disk.Free())
	must(t, p.write("again", true))
}

func TestAPowerCutMakesNoRoomAndTakesNone(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	cut := func() {
		must(t, p.disk.ShutDown())
		must(t, p.disk.Replug())
	}
	must(t, p.disk.Fill())
	cut()
	if err := p.write("more", true); err == nil {
		t.Error("the disk is not full any more")
	}
	must(t, p.disk.Free())
	cut()
	must(t, p.write("again", true))
	must(t, p.disk.Fill())
	must(t, p.disk.Free())
}

func TestNobodyElseSeesTheDisks(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	must(t, p.write("file", true))
	if entries, err := os.ReadDir(p.dir); err != nil || len(entries) > 0 {
		t.Errorf("outside of the room the disk is seen: %v, %v", entries, err)
	}
}

func TestAFrozenDiskHoldsWritesUpUntilItIsThawed(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	if err := disk.CanFreeze(); err != nil {
		if err := p.disk.Freeze(); !errors.Is(err, disk.ErrUnavailable) {
			t.Errorf("got %v, want %v", err, disk.ErrUnavailable)
		}
		return
	}
	must(t, p.disk.Freeze())
	written := make(chan error)
	go func() { written <- p.write("held", true) }()
	// This is the one place that has to wait to see that nothing happens.
	select {
	case err := <-written:
		t.Errorf("a frozen disk takes a write: %v", err)
	case <-time.After(100 * time.Millisecond):
		must(t, p.disk.Thaw())
		must(t, <-written)
	}
	must(t, p.disk.Thaw())
}

func TestAnotherFreezeFollowsAThaw(t *testing.T) {
	p := newPlace(t)
	if p == nil || disk.CanFreeze() != nil {
		return
	}
	for range 3 {
		must(t, p.disk.Freeze())
		must(t, p.disk.Thaw())
		must(t, p.write("free", true))
	}
	must(t, p.disk.Freeze())
	// Close thaws.
}

func TestTheContentOfADiskOutlivesManyPowerCuts(t *testing.T) {
	p := newPlace(t)
	if p == nil {
		return
	}
	for i := range 20 {
		must(t, p.write(fmt.Sprint("flushed", i), true))
		must(t, p.write(fmt.Sprint("written", i), false))
		must(t, p.disk.ShutDown())
		must(t, p.disk.Replug())
		for j := range i + 1 {
			if !p.has(fmt.Sprint("flushed", j)) || p.has(fmt.Sprint("written", j)) {
				t.Fatalf("after %d cuts, of cut %d the flushed file is there: %v, and the other: %v",
					i+1, j, p.has(fmt.Sprint("flushed", j)), p.has(fmt.Sprint("written", j)))
			}
		}
	}
}
