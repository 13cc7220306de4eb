package nemesis

import "time"

// LongPauseName is the name of LongPause.
const LongPauseName = "long-pause"

// LongPause stops nodes for much longer than any lease or election lasts: what
// such a node held is another's by the time it wakes up. Make one with
// NewLongPause.
type LongPause struct{ Pause }

// NewLongPause returns the nemesis.
func NewLongPause(nodes Nodes) *LongPause { return &LongPause{*NewPause(nodes)} }

// Name returns LongPauseName.
func (p *LongPause) Name() string { return LongPauseName }

// Lasts returns several periods.
func (p *LongPause) Lasts(period time.Duration) (least, most time.Duration) {
	return 3 * period, 8 * period
}
