// Package recipe has the things that the instances of a service coordinate
// with: locks, elections, barriers, counters, ids, a queue, a directory of
// members, and reactions that run once per cluster. All of them are ordinary
// items of the cluster's tree, read and written through the public methods of a
// *cluster.Node ([Node] names those that are used), so that they can be watched,
// backed up and looked at as everything else.
//
// # Guarantees
//
//	recipe      guarantees                                  does not guarantee
//	Mutex       one holder; those that wait get it in the   that a paused holder does nothing
//	            order in which they came; a crash frees it  outside of the tree: see below
//	RWMutex     many readers or one writer, in the order    a writer for a reader that holds it
//	            in which they came: no one starves
//	Semaphore   never more than n holders, in order         as Mutex
//	Election    one leader; the next one after its end      a leader at every moment; and as Mutex
//	Barrier     n parties were there together, each once    that all of them learn of it: one may
//	                                                        crash between the two
//	Counter     every addition counts once                  that one with an unknown outcome counts
//	IDs         no number twice, also after restarts;       numbers without gaps; one order for
//	            blocks in the order of their reservation    several instances
//	Queue       every task until it is acknowledged, at     exactly one delivery (but see
//	            least once; one worker at a time; dead      Task.Ack); the order of those that
//	            letters after so many deliveries            are delivered again
//	Members     who runs, and is not cut off, is listed;    that who is listed can be reached
//	            who does not is not, after the ttl
//	Reaction    every change at least once, in order, on    exactly one run for a change; single
//	            one instance at a time; the next one goes   changes beyond those that nodes
//	            on where the last one has stopped           remember: then an event has Reset set
//
// Locks protect even when their holder sleeps: what a former holder writes to
// the tree under its condition is refused.
//
// Held by TestPausedHolder. What the table says is held by
//
//	Mutex       TestNeverTwoHoldersAcrossPartitions, TestWaitersAreServedInOrder,
//	            TestCrashedHolderFreesTheLock
//	RWMutex     TestReadersShareAndWritersAreNotStarved
//	Semaphore   TestSemaphoreIsNeverOverfull, TestPlacesOfASemaphoreAreGivenInOrder
//	Election    TestElectionHandsOver, TestRunWhileLeaderRunsAgain
//	Barrier     TestBarrierOpensForExactlyItsParties, TestBarrierDoesNotCountAPartyTwice
//	Counter     TestCounterLosesNothing, jepsen-like/sim.TestCountersAreExact
//	IDs         TestIDsAreUniqueAcrossRestarts
//	Queue       TestNoTaskIsLostInFaults, TestTaskIsDeliveredAgain, TestTaskBecomesADeadLetter
//	Members     TestDirectoryFollowsItsMembers, TestMemberComesBackAfterAPartition
//	Reaction    TestReactionMissesNothingInFaults, TestDeposedReactionEndsFirst,
//	            TestDeposedReactionMovesNoCursor, TestReactionBeginsAnewFromTheWhole,
//	            TestReactionKeepsUpWithTheTree, TestReactionBoundsWhatIsHandedAgain
//
// # Leases, and what a holder may rely on
//
// What must end with its holder is an item with a lease (cluster.Expire) that
// this package refreshes in the background, three times in each ttl. When the
// holder crashes or is cut off from a majority, the cluster removes the item
// about one ttl after the last refresh; a clock in the cluster counts that, and
// stands still while nobody leads it.
//
// The holder counts for itself, on its own monotonic clock, from before that
// refresh was sent, and only four fifths of the ttl. Then Context ends, with
// [ErrLost] as its cause. So it ends before another can have the lock, whatever
// messages were lost or late. A ttl must be longer than an election takes, or
// else each of those ends all locks: the least is [MinTTL].
//
// No lease protects from a holder that does not look: one whose process was
// paused after it looked, or whose write is still on its way, acts when the
// lock is another's. Two things do:
//
//   - Writes to the tree are made under Held.Condition. They are refused, with
//     ErrNotFound or ErrConflict, once the lock is not held.
//   - To anything else the holder sends Held.Token along, which rises with each
//     grant; the other side keeps the greatest token that it has seen and
//     refuses lesser ones.
//
// A store that compares and swaps can check tokens. In SQL:
//
//	UPDATE report SET body = $1, token = $2 WHERE id = 7 AND token <= $2
//
// # Errors
//
// Errors wrap those of package cluster, and [ErrLost], [ErrLocked] and
// [ErrReplaced]; bad input is cluster.ErrInvalid. What waits until its context
// ends goes on waiting while there is no majority.
//
// A write whose outcome is unknown is followed up where it could do harm. An
// item that was to be taken is removed again, or ends with its lease. Unlock,
// Resign, Ack and Nack may be called again, and ask for the outcome of the
// first call before they write. A block of IDs is left out. Of Counter.Add and
// Queue.Put only the caller can know what to do: the error carries the id for
// cluster.Node.Outcome.
//
// # Limits
//
// A ttl is [MinTTL] at least; zero means [DefaultTTL]. Each holder, and each
// that waits, has one item, and refreshes it with three small writes in each
// ttl. To stand in line takes time for the length of the line, in memory: lines
// are meant for hundreds. A barrier has 1000 parties at most. A queue is kept
// in memory by every member, as the whole tree is.
//
// A reaction goes on without a gap while a node remembers what has changed since
// the cursor: 8,192 changes of the whole tree or 32 MiB of memory. The cursor
// follows the tree, so that is what others may write until somebody has taken
// over: after a crash a ttl.
//
// # Concurrency
//
// Everything may be used by any number of goroutines. Those that wait, wait for
// a change in their own node's memory: nothing is polled. Who waits for a lock
// watches only the one before it. These goroutines run in the background:
//
//	lease.refreshes   one for each Held, Leadership and waiting party; it ends
//	                  with Unlock, when the lease is lost, or with the node
//	Membership.keep   one for each; it ends with Leave, when it is replaced, or
//	                  with the node
//	withdraw          removes what a call has left whose context ended; it ends
//	                  when that is done, after two ttl, or with the node
//
// # Pitfalls
//
//   - A path belongs to one recipe of one kind. What else is written at it or
//     beneath is taken for a part of it.
//   - Locks do not know who asks: an instance, or a goroutine, that locks twice
//     waits for itself.
//   - A Held that is forgotten is refreshed as long as the node lives.
//   - Work under a lock uses Held.Context. The context given to Lock bounds the
//     waiting alone.
//   - Unlock before the node is closed, and end the context of OnLeader and wait
//     for it: else others wait for the lease.
//   - A reaction may be run again for a change. What it does must bear that: take
//     Change.Revision as the key of what is done, and leave out what is not greater
//     than the last one.
//   - A reaction that fails for ever stays at that change. One that writes what its
//     own query reads sees its own writes.
//   - The monotonic clock of most systems stands still while the machine
//     itself sleeps or is migrated. A holder that wakes up may believe in its
//     lease for some moments: another reason for tokens.
//
// # The way of a lock
//
//	term.go    how long a holder relies on its lease
//	lease.go   an item that this instance keeps alive, and its end
//	line.go    many such items in order, and the wait for one's turn
//	held.go    what the holder sees
//
// # The way of a reaction
//
//	election.go  one instance reacts
//	shift.go     from its cursor on, change by change
//	lease.go     its last write moves the cursor and lets the next one begin
package recipe
