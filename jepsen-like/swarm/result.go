package swarm

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Outcome is what came of a run, in a word.
type Outcome string

// The outcomes. Begun is what a run says of itself before it has another one; if
// that is the last word, its process has broken, which is a Crash.
const (
	Pass      Outcome = "PASS"
	Violation Outcome = "FAIL"
	Void      Outcome = "VOID"
	Crash     Outcome = "CRASH"
	Begun     Outcome = "BEGUN"
)

// Result is what has come of a run.
type Result struct {
	Run     Run
	Outcome Outcome
	// Rules are the rules that were broken, each once, or why the run is void.
	Rules []string
	// Findings say what is wrong, for people.
	Findings []string
	// Virtual is the time that has passed in the run.
	Virtual time.Duration
	// Records is how much the run has recorded, and Trace is the hash of it all.
	Records int
	Trace   string
}

// Failed reports whether something is wrong: with the cluster, or with the
// process.
func (r Result) Failed() bool { return r.Outcome == Violation || r.Outcome == Crash }

// Write stores the result in a file.
func (r Result) Write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("result of seed %d: %w", r.Run.Seed, err)
	}
	return os.WriteFile(path, text, 0o644)
}

// Read returns the result that is stored in a file.
func Read(path string) (Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Result{}, err
	}
	var r Result
	if err := json.Unmarshal(text, &r); err != nil {
		return Result{}, fmt.Errorf("result %s: %w", path, err)
	}
	return r, nil
}
