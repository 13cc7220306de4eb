package main

import (
	"fmt"
	"os"
)

// makeFolder makes the folder that a flag names, and what is above it, unless it is
// there or the flag was not given.
func makeFolder(name, dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("-%s: %w", name, err)
	}
	return nil
}
