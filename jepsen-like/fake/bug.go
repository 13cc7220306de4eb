package fake

// Bug is something that a correct cluster does not do.
type Bug string

// The bugs. Each names what goes wrong; None is a correct cluster.
const (
	None Bug = ""
	// LostWrite: now and then a write is acknowledged but not made.
	LostWrite Bug = "lost write"
	// LateLoss: now and then an item vanishes that no write has removed.
	LateLoss Bug = "late loss"
	// DoubleInsert: an insert where an item stands is accepted.
	DoubleInsert Bug = "double insert"
	// StaleUpdate: an update of a removed item is accepted and makes it anew.
	StaleUpdate Bug = "stale update"
	// IgnoredCondition: If-Match is not looked at.
	IgnoredCondition Bug = "ignored condition"
	// RefusedButMade: now and then a write is refused as busy, and made.
	RefusedButMade Bug = "refused but made"
	// AppliedTwice: now and then a write takes two revisions.
	AppliedTwice Bug = "applied twice"
	// SharedRevision: now and then a write takes the last one's revision.
	SharedRevision Bug = "shared revision"
	// StaleRead: linearizable reads show the tree as it was a while ago.
	StaleRead Bug = "stale read"
	// StaleRefusal: refusals name a revision of a while ago.
	StaleRefusal Bug = "stale refusal"
	// Diverged: one node shows another digest than the others.
	Diverged Bug = "diverged"
	// Deaf: a node that was killed once serves no writes any more.
	Deaf Bug = "deaf"
	// NeverReady: a node that was killed once does not become ready again.
	NeverReady Bug = "never ready"
	// Crashing: a node ends by itself.
	Crashing Bug = "crashing"
)

// Bugs returns all bugs.
func Bugs() []Bug {
	return []Bug{
		LostWrite, LateLoss, DoubleInsert, StaleUpdate, IgnoredCondition, RefusedButMade, AppliedTwice,
		SharedRevision, StaleRead, StaleRefusal, Diverged, Deaf, NeverReady, Crashing,
	}
}

// nowAndThen is how many writes there are to one that a bug hits.
const nowAndThen = 40
