package overlay

import _ "embed" // the new files

//go:embed _source/time_skew.go
var timeSkew string

//go:embed _source/node_skew.go
var nodeSkew string

// Clocks lets the clocks of a node's process go by a file that package skew
// writes: what package time tells, and how long its timers take.
func Clocks() Set {
	return Set{
		Name: "clocks",
		Files: []File{
			{"time", "skew.go", timeSkew},
			{"example.com/gstate/cmd/node", "skew.go", nodeSkew},
		},
		Edits: []Edit{
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
		},
	}
}
