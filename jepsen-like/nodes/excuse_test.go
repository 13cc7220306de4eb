package nodes_test

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/nodes"
)

// TestTheExcuseOfADiskEndsWithItsConsequences: a process that had borne a short fault
// was excused for the rest of the run, whatever it ended of.
func TestTheExcuseOfADiskEndsWithItsConsequences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e nodes.Excuse
		want := func(when string, holds bool) {
			t.Helper()
			if e.Holds() != holds {
				t.Errorf("%s: it holds: %v, want %v", when, !holds, holds)
			}
		}
		want("at first", false)
		e.Disk(false)
		want("on a disk that was sound before", false)
		for range 2 {
			e.Disk(true)
			time.Sleep(time.Hour)
			want("while the disk fails", true)
			e.Disk(false)
			time.Sleep(19 * time.Second)
			want("while the process may still be ending", true)
			e.Disk(false)
			time.Sleep(2 * time.Second)
			want("when it must have ended", false)
		}
	})
}

func TestTheExcuseOfDamageLastsUntilASoundFolderIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := nodes.NewExcuse(true, true)
		e.Disk(false)
		time.Sleep(time.Hour)
		if !e.Holds() {
			t.Error("it has ended with that of the disk")
		}
		e.Opened()
		if e.Holds() {
			t.Error("it has not ended")
		}
	})
}
