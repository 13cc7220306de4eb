//go:build !unix

package sim

import (
	"io"
	"os"
)

// waitingInput returns the standard input.
func waitingInput() (io.Reader, error) { return os.Stdin, nil }
