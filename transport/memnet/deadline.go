package memnet

import "time"

// deadline is a time at which waiting ends. Its fields are guarded by
// Network.mu; the zero value never passes.
type deadline struct {
	at time.Time

	// timer wakes whoever waits; it is kept and reset, because a deadline is
	// often set before every read.
	timer *time.Timer
}

// set moves the deadline; the zero time removes it. wake is called when it
// passes, and may be called when it has been removed: who waits looks at the
// time again.
func (d *deadline) set(at time.Time, wake func()) {
	d.at = at
	switch wait := time.Until(at); {
	case at.IsZero() || wait <= 0:
	case d.timer == nil:
		d.timer = time.AfterFunc(wait, wake)
	default:
		d.timer.Reset(wait)
	}
}

// passed reports whether the time has come.
func (d *deadline) passed() bool {
	return !d.at.IsZero() && !time.Now().Before(d.at)
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}
