//go:build !linux

package sim

// limitMemory does nothing: this system has no limit that would be met first.
func limitMemory(int64) error { return nil }
