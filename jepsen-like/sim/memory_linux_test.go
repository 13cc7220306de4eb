package sim

import "syscall"

// limitMemory bounds what this process may write to, if the limit is not 0. Go
// ends a process that gets no more.
func limitMemory(bytes int64) error {
	if bytes == 0 {
		return nil
	}
	return syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)})
}
