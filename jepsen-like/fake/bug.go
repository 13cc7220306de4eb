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
	// StaleValue: linearizable reads show an item as it was a while ago, but name
	// the present revision.
	StaleValue Bug = "stale value"
	// MissingMember: reads of a whole set lack the element that was written first.
	MissingMember Bug = "missing member"
	// AddedTwice: now and then an addition is made twice.
	AddedTwice Bug = "added twice"
	// FalseOutcome: a write of unknown outcome that was made is told to be given up.
	FalseOutcome Bug = "false outcome"
	// UncheckedReads: transactions are made though what they have read has changed.
	UncheckedReads Bug = "unchecked reads"
	// HalfTransaction: now and then the second of two operations is not made.
	HalfTransaction Bug = "half transaction"
	// OldPhantom: what a transaction's query gives is taken from a while ago.
	OldPhantom Bug = "old phantom"
	// ForkedFeed: now and then the feed of one node tells of another change.
	ForkedFeed Bug = "forked feed"
	// SkippingFeed: now and then the feed of one node leaves out a change.
	SkippingFeed Bug = "skipping feed"
	// Diverged: one node shows another digest than the others.
	Diverged Bug = "diverged"
	// Nonsense: now and then an answer to a read is a fault of the node.
	Nonsense Bug = "nonsense"
	// Deaf: a node that was killed once serves no writes any more.
	Deaf Bug = "deaf"
	// NeverReady: a node that was killed once does not become ready again.
	NeverReady Bug = "never ready"
	// Crashing: a node ends by itself.
	Crashing Bug = "crashing"
	// DivergedForAWhile: one node shows another digest, and later the right one.
	DivergedForAWhile Bug = "diverged for a while"
	// BackwardRead: local reads show the tree as it was a while ago.
	BackwardRead Bug = "backward read"
	// IgnoredRevision: reads of at least a revision do not wait for it.
	IgnoredRevision Bug = "ignored revision"
	// StuckNode: the local reads of one node show one old tree for ever.
	StuckNode Bug = "stuck node"
	// EarlyLease: a lease lasts half of its time.
	EarlyLease Bug = "early lease"
	// EndlessLease: a lease does not end.
	EndlessLease Bug = "endless lease"
	// Orphans: what lives with a node stays when it is killed.
	Orphans Bug = "orphans"
	// LostSession: what lives with a node ends while the node runs.
	LostSession Bug = "lost session"
	// LeftBehind: what lives with another item stays when that ends.
	LeftBehind Bug = "left behind"
	// IgnoredLock: a write under a lock is made, whoever has the lock.
	IgnoredLock Bug = "ignored lock"
	// Leaking: a node takes a descriptor for each request.
	Leaking Bug = "leaking"
	// WatchGap: now and then a watch of every change leaves one out.
	WatchGap Bug = "watch with a gap"
	// WatchTwice: a watch that goes on tells the last event again.
	WatchTwice Bug = "watch tells twice"
	// WatchForgets: a watch that goes on does not tell what came meanwhile.
	WatchForgets Bug = "watch forgets"
	// WatchUnrelated: now and then a watch tells what has not changed.
	WatchUnrelated Bug = "unrelated watch"
)

// Bugs returns all bugs.
func Bugs() []Bug {
	return []Bug{
		LostWrite, LateLoss, DoubleInsert, StaleUpdate, IgnoredCondition, RefusedButMade, AppliedTwice,
		SharedRevision, StaleRead, StaleRefusal, StaleValue, MissingMember, AddedTwice, FalseOutcome,
		UncheckedReads, HalfTransaction, OldPhantom, ForkedFeed, SkippingFeed, Diverged, Nonsense, Deaf, NeverReady, Crashing,
		DivergedForAWhile, BackwardRead, IgnoredRevision, StuckNode, EarlyLease, EndlessLease, Orphans, LostSession,
		LeftBehind, IgnoredLock, Leaking, WatchGap, WatchTwice, WatchForgets, WatchUnrelated,
	}
}

// nowAndThen is how many writes there are to one that a bug hits.
const nowAndThen = 40

// often is the same for the bugs of transactions, which are few among all writes.
const often = 3
