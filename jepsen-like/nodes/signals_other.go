//go:build !unix

package nodes

import "os"

func pause(*os.Process) error  { return ErrUnsupported }
func resume(*os.Process) error { return ErrUnsupported }

// CanPause returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanPause() error { return ErrUnsupported }

// endedByKill returns true: a kill cannot be told from an exit here.
func endedByKill(*os.ProcessState) bool { return true }
