package overlay

import (
	_ "embed" // the new files
	"slices"
)

//go:embed _source/runtime_seeded.go
var runtimeSeeded string

//go:embed _source/maps_seeded.go
var mapsSeeded string

//go:embed _source/sysrand_seeded.go
var sysrandSeeded string

//go:embed _source/seeded_bubble.go
var seededBubble string

// Seeded makes all that a testing/synctest bubble draws, and the order in which
// its goroutines run, follow from a seed: package seeded gives it.
func Seeded() Set {
	return Set{
		Name: "seeded",
		Files: []File{
			{"runtime", "seeded.go", runtimeSeeded},
			{"internal/runtime/maps", "seeded.go", mapsSeeded},
			{"crypto/internal/sysrand", "seeded.go", sysrandSeeded},
			{"example.com/gstate/jepsen-like/overlay/seeded", "bubble.go", seededBubble},
		},
		Edits: slices.Concat(bubbles, draws, queues, addresses, collections),
		Throughout: []Edit{
			{"internal/runtime/maps", "map.go", "typ.Hasher(", "hashOf(typ, "},
			{"internal/runtime/maps", "runtime.go", "typ.Hasher(", "hashOf(typ, "},
			{"internal/runtime/maps", "runtime_fast64.go", "typ.Hasher(", "hashOf(typ, "},
			{"internal/runtime/maps", "table.go", "typ.Hasher(", "hashOf(typ, "},
		},
	}
}

// bubbles lets a bubble have a seed, and count as one that has.
var bubbles = []Edit{
	{
		"runtime", "synctest.go",
		"	active  int // other sources of activity\n}",
		"	active  int // other sources of activity\n\n	seeded bool\n	random uint64 // the state of what is drawn, if seeded\n}",
	},
	{
		"runtime", "synctest.go",
		"	gp.bubble = bubble\n	defer func() {\n		gp.bubble = nil\n	}()\n",
		"	gp.bubble = bubble\n	defer func() {\n		gp.bubble = nil\n		if bubble.seeded {\n			seededBubbles.Add(-1)\n		}\n	}()\n",
	},
}

// draws lets what is drawn follow from the seed, or be the same in each process.
var draws = []Edit{
	// Hashes have a key of the process.
	{
		"runtime", "rand.go",
		"	globalRand.state.Init(*seed)\n",
		"	*seed = [32]byte{}\n	globalRand.state.Init(*seed)\n",
	},
	// A thread may be started at any moment, and must take nothing from
	// the bubble whose goroutine happens to run.
	{
		"runtime", "rand.go",
		"	mp.cheaprand = rand()\n",
		"	mp.cheaprand = bootstrapRand()\n",
	},
	// Maps, math/rand.
	{
		"runtime", "rand.go",
		"func rand() uint64 {\n",
		"func rand() uint64 {\n	if bubble := seededBubble(); bubble != nil {\n		return bubble.rand()\n	}\n",
	},
	{
		"runtime", "select.go",
		"		j := cheaprandn(uint32(norder + 1))\n",
		"		j := orderRandn(uint32(norder + 1))\n",
	},
	// Timers of the same instant.
	{
		"runtime", "time.go",
		"			t.rand = cheaprand()\n",
		"			t.rand = orderRand()\n",
	},
	{
		"runtime", "sema.go",
		"	s.ticket = cheaprand() | 1\n",
		"	s.ticket = orderRand() | 1\n",
	},
	{
		"crypto/internal/sysrand", "rand.go",
		"func Read(b []byte) {\n",
		"func Read(b []byte) {\n	if seededRead(b) {\n		return\n	}\n",
	},
}

// queues lets the order of goroutines be no matter of how long anything has taken.
var queues = []Edit{
	// How long a goroutine has waited for a mutex.
	{
		"runtime", "sema.go",
		"func internal_sync_nanotime() int64 {\n",
		"func internal_sync_nanotime() int64 {\n	if bubble := seededBubble(); bubble != nil {\n		return bubble.now\n	}\n",
	},
	{
		"runtime", "proc.go",
		"func retake(now int64) uint32 {\n",
		"func retake(now int64) uint32 {\n	if gomaxprocs == 1 {\n		return 0\n	}\n",
	},
	// Goroutines that wait in the queue of all processors come before those of
	// the own one now and then. What counts the time from one to the next must
	// not count what the runtime does for itself.
	{
		"runtime", "proc.go",
		"		mp.p.ptr().schedtick++\n",
		"		mp.p.ptr().schedtick++\n		gp.bubble.tick()\n",
	},
	{
		"runtime", "proc.go",
		"	if pp.schedtick%61 == 0 && !sched.runq.empty() {\n",
		"	if fairTick(pp)%61 == 0 && !sched.runq.empty() {\n",
	},
	// Two goroutines that wake each other by turns share one slice of time, at the
	// end of which they would be preempted: here they would go on for ever.
	{
		"runtime", "proc.go",
		"	if !haveSysmon && next {\n",
		"	if next && (!haveSysmon || seededBubbles.Load() > 0) {\n",
	},
}

// addresses lets nothing depend on where something lies in memory.
var addresses = []Edit{
	// All keys that are addresses have one hash: the table must not split,
	// since that would part no two of them.
	{
		"internal/runtime/maps", "table.go",
		"const maxTableCapacity = 1024\n",
		"const maxTableCapacity = 1 << 13\n",
	},
	// The main goroutine keeps no thread for itself while packages are
	// initialized: how many other threads that takes, and with them where
	// all that is allocated later comes to lie, is a matter of moments.
	{
		"runtime", "proc.go",
		"	lockOSThread()\n\n	if mp != &m0 {\n",
		"	if mp != &m0 {\n",
	},
	{
		"runtime", "proc.go",
		"	needUnlock := true\n",
		"	needUnlock := false\n",
	},
	{
		"runtime", "proc.go",
		"	needUnlock = false\n	unlockOSThread()\n",
		"",
	},
}

// collections lets the collection of garbage stop everything, and end before
// anything else goes on.
var collections = []Edit{
	{
		"runtime", "mgc.go",
		"	} else if debug.gcstoptheworld == 2 {\n",
		"	} else if debug.gcstoptheworld == 2 || seededBubbles.Load() > 0 {\n",
	},
	{
		"runtime", "mgcpacer.go",
		"	if debug.gcstoptheworld > 0 {\n",
		"	if debug.gcstoptheworld > 0 || seededBubbles.Load() > 0 {\n",
	},
}
