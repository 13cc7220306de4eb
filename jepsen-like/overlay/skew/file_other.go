//go:build !linux

package skew

// Create returns ErrUnsupported.
func Create(string) (*Clock, error) { return nil, ErrUnsupported }

// Open returns ErrUnsupported.
func Open(string) (*Clock, error) { return nil, ErrUnsupported }

// Close does nothing: there is no such clock.
func (c *Clock) Close() error { return nil }
