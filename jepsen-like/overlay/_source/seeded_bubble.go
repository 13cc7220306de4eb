package seeded

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

func bubble(seed uint64) error {
	if err := checkEnvironment(); err != nil {
		return err
	}
	runtime.SeedBubble(seed)
	return nil
}

func collect() { runtime.CollectSeeded() }

// checkEnvironment returns an error unless the process was started with the
// Environment. A variable may have more than what is wanted, after a comma.
func checkEnvironment() error {
	for _, want := range Environment() {
		name, value, _ := strings.Cut(want, "=")
		if got := os.Getenv(name); !slices.Contains(strings.Split(got, ","), value) {
			return fmt.Errorf("%w: %s is %q, want %q", ErrEnvironment, name, got, value)
		}
	}
	return nil
}
