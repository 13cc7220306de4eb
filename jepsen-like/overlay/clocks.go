package overlay

import (
	_ "embed" // the new files
	"slices"
)

//go:embed _source/time_skew.go
var timeSkew string

//go:embed _source/time_process.go
var timeProcess string

//go:embed _source/node_skew.go
var nodeSkew string

//go:embed _source/time_local.go
var timeLocal string

//go:embed _source/runtime_local.go
var runtimeLocal string

//go:embed _source/skew_hook.go
var skewHook string

// Clocks lets the clocks of a node's process go by a file that package skew
// writes: what package time tells, and how long its timers take.
func Clocks() Set {
	return Set{
		Name: "clocks",
		Files: []File{
			{"time", "skew.go", timeSkew},
			{"time", "skew_process.go", timeProcess},
			{"example.com/gstate/cmd/node", "skew.go", nodeSkew},
		},
		Edits: looks,
	}
}

// LocalClocks lets each goroutine go by clocks of its own, which package skew gives
// it, and which the goroutines that it starts inherit: so nodes of one process
// differ in their clocks.
func LocalClocks() Set {
	return Set{
		Name: "local clocks",
		Files: []File{
			{"time", "skew.go", timeSkew},
			{"time", "skew_local.go", timeLocal},
			{"runtime", "skew.go", runtimeLocal},
			{"example.com/gstate/jepsen-like/overlay/skew", "hook.go", skewHook},
		},
		Edits: slices.Concat(looks, origin, inheritance, between),
	}
}

// looks lets package time ask a skew where it asks the system.
var looks = []Edit{
	{
		"time", "time.go",
		"func Now() Time {\n	sec, nsec, mono := runtimeNow()\n",
		"func Now() Time {\n	sec, nsec, mono := skewedNow()\n",
	},
	{
		"time", "time.go",
		"		return subMono(runtimeNano()-startNano, t.ext)\n",
		"		return subMono(skewedNano()-startNano, t.ext)\n",
	},
	{
		"time", "time.go",
		"		return subMono(t.ext, runtimeNano()-startNano)\n",
		"		return subMono(t.ext, skewedNano()-startNano)\n",
	},
	{
		"time", "sleep.go",
		"	t := runtimeNano() + int64(d)\n",
		"	t := runtimeNano() + skewedSpan(int64(d))\n",
	},
	{
		"time", "tick.go",
		"newTimer(when(d), int64(d), sendTime, c, syncTimer(c))",
		"newTimer(when(d), skewedSpan(int64(d)), sendTime, c, syncTimer(c))",
	},
	{
		"time", "tick.go",
		"when(d), int64(d))\n}\n",
		"when(d), skewedSpan(int64(d)))\n}\n",
	},
}

// origin lets readings of a bubble's monotonic clock be the same in each process, also
// where a time is printed.
var origin = []Edit{
	{
		"time", "time.go",
		"var startNano int64 = runtimeNano() - 1\n",
		"var startNano int64\n",
	},
}

// inheritance gives a goroutine the skew of the one that has started it.
var inheritance = []Edit{
	{
		"runtime", "runtime2.go",
		"	labels          unsafe.Pointer // profiler labels\n",
		"	labels          unsafe.Pointer // profiler labels\n	skew            unsafe.Pointer // see package time\n",
	},
	{
		"runtime", "proc.go",
		"			newg.labels = mp.curg.labels\n",
		"			newg.labels = mp.curg.labels\n			newg.skew = mp.curg.skew\n",
	},
	{
		"runtime", "proc.go",
		"	gp.labels = nil\n",
		"	gp.labels = nil\n	gp.skew = nil\n",
	},
	{
		"time", "sleep.go",
		"	return newTimer(when(d), 0, goFunc, f, nil)\n",
		"	return newTimer(when(d), 0, goFunc, inheriting(f), nil)\n",
	},
}

// memnet is the network that lies between nodes.
const memnet = "example.com/gstate/transport/memnet"

// between lets the network go by the clocks of the system, whatever those of the
// node show that uses it. A deadline is given by the clock of the node, and lies as
// far ahead by that of the system.
var between = []Edit{
	{
		memnet, "flow.go",
		"func (f *flow) send(s segment) {\n",
		"func (f *flow) send(s segment) {\n	defer time.EnterSystem()()\n",
	},
	{
		memnet, "flow.go",
		"func (f *flow) deliver() {\n",
		"func (f *flow) deliver() {\n	defer time.EnterSystem()()\n",
	},
	{
		memnet, "host.go",
		"	n.mu.Unlock()\n	defer n.mu.Lock()\n	timer := time.NewTimer(d)\n",
		"	n.mu.Unlock()\n	defer n.mu.Lock()\n	defer time.EnterSystem()()\n	timer := time.NewTimer(d)\n",
	},
	{
		memnet, "deadline.go",
		"	d.at = at\n",
		"	if !at.IsZero() {\n		at = time.SystemNow().Add(time.Until(at))\n	}\n	defer time.EnterSystem()()\n	d.at = at\n",
	},
	{
		memnet, "deadline.go",
		"func (d *deadline) passed() bool {\n",
		"func (d *deadline) passed() bool {\n	defer time.EnterSystem()()\n",
	},
}
