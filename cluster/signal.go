package cluster

// signal wakes all who wait for the next change of something. It belongs to
// what it is about: both are guarded by the same mutex, so that whoever takes
// the channel together with the present value misses no change.
type signal struct {
	// next is closed by fire; nil while nobody waits.
	next chan struct{}
}

// wait returns a channel that is closed at the next change.
func (s *signal) wait() <-chan struct{} {
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

// fire wakes all who wait. It costs nothing when nobody does.
func (s *signal) fire() {
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}
