package seeded

import "errors"

// Errors of Bubble.
var (
	// ErrNotBuilt: the binary was built without the overlay.
	ErrNotBuilt = errors.New("built without the overlay that seeds the runtime: the run may not repeat")
	// ErrEnvironment: the process was started without the Environment.
	ErrEnvironment = errors.New("started with settings under which the run may not repeat")
)

// Environment returns what the process of the binary must be started with.
// A collection that begins by itself, or a second thread, comes at a moment of
// the real time.
func Environment() []string {
	return []string{"GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1"}
}

// Bubble seeds the testing/synctest bubble that it is called in. Call it first
// of all there, once. When it fails the bubble goes on as it would without it.
func Bubble(seed uint64) error { return bubble(seed) }

// Collect collects garbage if there is much of it. Call it in a seeded bubble, and
// now and then, since no garbage is collected otherwise; and when synctest.Wait has
// returned: what the bubble does then, it does without it as well. Without the
// overlay Go does all that by itself, and Collect nothing.
func Collect() { collect() }
