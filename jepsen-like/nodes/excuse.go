package nodes

import "time"

// consequences is for how long a process may still end of what was wrong with its disk
// when that is over: as long as any end may take.
const consequences = endTimeout

// Excuse says whether a process is right if it ends by itself and says why. The zero
// Excuse is none.
type Excuse struct {
	// lasting says that files of the folder were damaged, or in use, when the process
	// was started.
	lasting bool
	// failing says that the disk fails, and mended is when it was made sound after
	// that.
	failing bool
	mended  time.Time
}

// NewExcuse returns that of a process at its start. A lasting one is of damage, which
// it may meet at any time.
func NewExcuse(lasting, failing bool) Excuse { return Excuse{lasting: lasting, failing: failing} }

// Disk notes whether the disk fails from now on.
func (e *Excuse) Disk(failing bool) {
	if e.failing && !failing {
		e.mended = time.Now()
	}
	e.failing = failing
}

// Opened notes that the process has opened a folder that is sound.
func (e *Excuse) Opened() { e.lasting = false }

// Holds reports whether the process may end now.
func (e Excuse) Holds() bool {
	return e.lasting || e.failing || !e.mended.IsZero() && time.Since(e.mended) <= consequences
}
