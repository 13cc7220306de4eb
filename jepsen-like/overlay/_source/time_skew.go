package time

import "sync/atomic"

// Skew says how far the clocks of this process are from those of the system.
type Skew interface {
	// At returns how far the wall clock and the monotonic clock are ahead, in
	// nanoseconds, when that of the system shows mono.
	At(mono int64) (wall, monotonic int64)
	// Span returns how long it takes until so much has passed on these clocks.
	Span(d int64) int64
}

// skew is nil while the clocks are those of the system.
var skew atomic.Pointer[Skew]

// UseSkew has the clocks go by a skew from now on.
func UseSkew(s Skew) { skew.Store(&s) }

func skewedNow() (sec int64, nsec int32, mono int64) {
	sec, nsec, mono = runtimeNow()
	s := skew.Load()
	if s == nil {
		return sec, nsec, mono
	}
	wall, monotonic := (*s).At(mono)
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
	s := skew.Load()
	if s == nil {
		return mono
	}
	_, monotonic := (*s).At(mono)
	return mono + monotonic
}

// skewedSpan is for timers, which go by the clock of the system.
func skewedSpan(d int64) int64 {
	s := skew.Load()
	if s == nil {
		return d
	}
	return max(1, (*s).Span(d))
}
