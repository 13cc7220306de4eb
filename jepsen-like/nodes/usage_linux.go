package nodes

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// usageOf reads what the kernel says of a process. What cannot be read stays 0:
// the process may have ended.
func usageOf(pid int) history.Usage {
	var usage history.Usage
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		number, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			usage.Memory = number << 10
		case "Threads":
			usage.Threads = int(number)
		}
	}
	files, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	usage.Files = len(files)
	return usage
}
