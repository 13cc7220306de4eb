package disk

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Waiting returns how many threads of a process wait for a disk at this moment,
// and cannot be disturbed in that.
func Waiting(pid int) int {
	// The pattern is a good one.
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	waiting := 0
	for _, path := range stats {
		// A thread may end meanwhile.
		stat, err := os.ReadFile(path)
		// The state stands behind the name, which may have brackets, too.
		if err == nil && bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" D")) {
			waiting++
		}
	}
	return waiting
}
