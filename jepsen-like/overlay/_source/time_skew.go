package time

// Skew says how far clocks are from those of the system.
type Skew interface {
	// At returns how far the wall clock and the monotonic clock are ahead, in
	// nanoseconds, when that of the system shows mono.
	At(mono int64) (wall, monotonic int64)
	// Span returns how long it takes until so much has passed on these clocks.
	Span(d int64) int64
}

func skewedNow() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = runtimeNow()
	s := currentSkew()
	if s == nil {
		return sec, nsec, mono
	}
	if mono == 0 { // a testing/synctest bubble tells none
		mono = runtimeNano()
	}
	wall, monotonic := s.At(mono)
	sec += wall / 1e9
	nanoseconds := int64(nsec) + wall%1e9
	switch {
	case nanoseconds < 0:
		sec, nanoseconds = sec-1, nanoseconds+1e9
	case nanoseconds >= 1e9:
		sec, nanoseconds = sec+1, nanoseconds-1e9
	}
	return sec, int32(nanoseconds), mono + monotonic
}

func skewedNano() int64 {
	mono := runtimeNano()
	s := currentSkew()
	if s == nil {
		return mono
	}
	_, monotonic := s.At(mono)
	return mono + monotonic
}

// skewedSpan is for timers, which go by the clock of the system.
func skewedSpan(d int64) int64 {
	s := currentSkew()
	if s == nil {
		return d
	}
	return max(1, s.Span(d))
}
