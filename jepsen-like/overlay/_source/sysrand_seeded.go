package sysrand

import _ "unsafe"

// seededRead is pushed by the runtime.
//
//go:linkname seededRead
func seededRead(b []byte) bool
