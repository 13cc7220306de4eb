package time

import "unsafe"

// ownSkew returns what was set in this goroutine, or in the one that has started
// it: a *Skew, or nil while its clocks are those of the system.
//
//go:linkname ownSkew
func ownSkew() unsafe.Pointer

//go:linkname setOwnSkew
func setOwnSkew(skew unsafe.Pointer)

func currentSkew() Skew {
	if s := (*Skew)(ownSkew()); s != nil {
		return *s
	}
	return nil
}

// EnterSkew has the clocks of this goroutine go by a skew until leave is called in it,
// and for ever those of the goroutines that it starts meanwhile.
func EnterSkew(s Skew) (leave func()) {
	former := ownSkew()
	setOwnSkew(unsafe.Pointer(&s))
	return func() { setOwnSkew(former) }
}

// EnterSystem is EnterSkew for the clocks of the system.
func EnterSystem() (leave func()) {
	former := ownSkew()
	if former == nil {
		return func() {}
	}
	setOwnSkew(nil)
	return func() { setOwnSkew(former) }
}

// SystemNow is Now by the clocks of the system.
func SystemNow() Time {
	defer EnterSystem()()
	return Now()
}

// SystemNano returns what the system's monotonic clock shows, as Skew.At is told.
func SystemNano() int64 { return runtimeNano() }

// inheriting returns f for a goroutine that a timer starts: it goes by the clocks of
// the one that has set the timer.
func inheriting(f func()) func() {
	own := ownSkew()
	if own == nil {
		return f
	}
	return func() {
		setOwnSkew(own)
		f()
	}
}
