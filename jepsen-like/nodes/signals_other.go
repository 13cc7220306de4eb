//go:build !unix

package nodes

import "os"

func pause(*os.Process) error  { return ErrUnsupported }
func resume(*os.Process) error { return ErrUnsupported }
func askEnd(*os.Process) error { return ErrUnsupported }

// CanPause returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanPause() error { return ErrUnsupported }

// endedBySignal returns true: a kill cannot be told from an exit here.
func endedBySignal(*os.ProcessState) bool { return true }

// CanEnd returns nil, or ErrUnsupported where there are no such signals.
func (c *Cluster) CanEnd() error { return ErrUnsupported }
