package simulate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/swarm"
)

// guestVariable makes this test program behave as one that makes runs: its value
// says how the run goes.
const guestVariable = "GSTATE_SIMULATE_GUEST"

func TestMain(m *testing.M) {
	if play, ok := guests[os.Getenv(guestVariable)]; ok {
		play(argument("-result"))
		return
	}
	os.Exit(m.Run())
}

// guests are the ways in which a run can go.
var guests = map[string]func(result string){
	"pass": func(result string) { finish(result, swarm.Pass) },
	"fail": func(result string) {
		if err := errors.Join(os.Mkdir(argument("-record"), 0o700), os.WriteFile(argument("-record")+"/report.html", nil, 0o600)); err != nil {
			panic(err)
		}
		finish(result, swarm.Violation, "items")
	},
	"void": func(result string) { finish(result, swarm.Void) },
	"hang": func(result string) {
		finish(result, swarm.Begun)
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with whoever has started this
	},
	"panic": func(result string) {
		finish(result, swarm.Begun)
		panic("livelock: 17 records")
	},
	"exit":   func(result string) { finish(result, swarm.Begun); os.Exit(7) },
	"silent": func(string) {},
	"unlike": func(result string) {
		r := resultOf(swarm.Pass)
		r.Trace = fmt.Sprint(os.Getpid())
		write(r, result)
	},
}

func finish(path string, outcome swarm.Outcome, rules ...string) {
	r := resultOf(outcome)
	r.Rules = rules
	write(r, path)
}

func resultOf(outcome swarm.Outcome) swarm.Result {
	seed, err := strconv.ParseUint(argument("-first"), 10, 64)
	if err != nil {
		panic(err)
	}
	return swarm.Result{Run: swarm.Run{Seed: seed, Kind: argument("-kind")}, Outcome: outcome, Virtual: time.Minute, Records: 3, Trace: "abc"}
}

func write(r swarm.Result, path string) {
	if err := r.Write(path); err != nil {
		panic(err)
	}
}

// argument returns the value of a flag of this process.
func argument(name string) string {
	at := slices.Index(os.Args, name)
	if at < 0 {
		return ""
	}
	return os.Args[at+1]
}

// program returns one whose runs go as the guest of this name.
func program(t *testing.T, guest string) Program {
	return Program{
		Path: os.Args[0], Dir: t.TempDir(), Limit: time.Minute, runs: new(atomic.Int64),
		Environment: []string{guestVariable + "=" + guest},
	}
}
