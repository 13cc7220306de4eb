//go:build !linux

package network

import "fmt"

// openNamespaces says that there are none.
func openNamespaces([]string, uint64) (Network, error) {
	return nil, fmt.Errorf("namespaces: %w: they are Linux's", ErrUnavailable)
}
