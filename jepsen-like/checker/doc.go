// Package checker judges the history of a run.
//
// # Guarantees
//
//   - A history that a correct cluster can produce is never reported.
//
//     Held by FuzzCheckersAcceptWhatACorrectClusterDoes,
//     jepsen-like/harness.TestARunOnACorrectClusterPasses.
//
//   - Each rule below reports the histories that break it: there are planted
//     violations for every one.
//
//     Held by TestRevisions, TestItems, TestInserts, TestStaleUpdates,
//     TestLostUpdates, TestAgreement, TestLiveness, TestAvailability, TestSessions,
//     TestStaleness, TestLeases, TestLocks, TestWatches, TestDigests, TestResources,
//     TestWitness, TestSet, TestCounters, TestLists, TestBankAndOnCall,
//     TestLinearizable, TestContract, TestStreamsOfResetsAreUndecided.
//
// # The rules
//
//   - Witness: what the change feeds of all nodes have told is one sequence of
//     revisions, without a fork, and without a gap that no feed admits. Replayed on
//     a plain model of the tree (package model), every acknowledged write is there
//     at its revision, with exactly its effect, its conditions held and its results
//     true; a refused one is nowhere, one of unknown outcome at most once, and only
//     after it was sent; nothing ends by itself that no write has given an end; every read and every refusal is true of the tree of its
//     revision; and the nodes hold at the end what the replay has come to.
//   - Revisions: no two acknowledged writes have one revision; what was
//     acknowledged before a write was invoked has a smaller revision than the
//     write, and not a greater one than a linearizable read or a refusal; the
//     final revision leaves room for every acknowledged write and for no more
//     than the acknowledged and the unknown ones together.
//   - Items: for each item there is a story. Its acknowledged writes are put
//     in the order of their revisions, and between them some of the writes
//     with unknown outcome; then each write must have been possible where it
//     stands (an update needs the item, an insert its absence), and each
//     refusal and each read must tell the truth about its revision.
//   - Inserts: every acknowledged insert is on every node, no refused one is on
//     any, none was acknowledged twice. It does not look at revisions, so that
//     wrong revisions cannot mislead it.
//   - Stale updates: no update that was sent after the acknowledged removal of
//     its item was accepted. It does not look at revisions either.
//   - Lost updates: no two writes that had the same revision as their condition
//     were both accepted.
//   - Set: an element that was acknowledged, or seen, is in every linearizable read
//     of its set that is sent afterwards. Elements are counted as ok, lost, stale,
//     never read, recovered and duplicated.
//   - Counters: each addition of one was made exactly once, by every read and at the
//     end; no two gave the same sum; what was told of an unknown outcome stays true.
//   - Lists: a strictly serial order explains the transactions, as in package cycles.
//   - Bank: in every read all accounts together hold the same sum, and none is
//     overdrawn. On-call: in every read somebody is on call.
//   - Linearizable: porcupine, which knows nothing of revisions, finds an order of
//     the calls of each register. Where it runs out of time, that is Undecided.
//   - Contract: every answer is one of the HTTP contract, and none tells of a fault of
//     the node, or of the request.
//   - Agreement: at the end all nodes show one revision, one digest, and the
//     same items.
//   - Availability: the time between two acknowledged writes has a bound, beside that
//     of partitions. It is longer while the clock of a leader is slow.
//   - Liveness: every write and every linearizable read after the faults was
//     served.
//   - Sessions: in one life of a node its local reads never go back, and show
//     every write that was acknowledged through it before.
//   - Staleness: without faults no local read is behind by more than StaleMax.
//   - Leases: no item ends before its lease, and none is there long after it. What
//     lives with a node goes when that has been silent for its time, and not
//     before; what lives with another item goes in the same revision. What is gone
//     does not come back.
//   - Locks: tokens rise, no two hold a lock at a time, no write of an old holder is
//     made once a new one has the lock, and no holder is refused.
//   - Watches: each stream of a watch tells results in the order of their revisions,
//     the right ones, none twice, and none that has not changed, while it goes from
//     node to node. One that is to tell each change leaves none out, or says so; where
//     they all mostly say so, that is Undecided. The last result is the one that a query
//     gives.
//   - Digests: two trees of one revision have one digest, all the while.
//   - Resources: memory, descriptors and threads of a node stay beneath a bound, and
//     in one life do not grow on and on.
//
// Witness, Revisions and Items rest on what the cluster promises of revisions: they are dense,
// each write that changes the tree has its own, and a refusal names the
// revision of the tree that refused, or in a conflict that of the change. So
// they check a run of any length in about n log n steps, where a search for an
// order without revisions would be exponential.
//
// # Time
//
// The rules of leases and locks compare times, all of the one monotonic clock of
// the harness. A lease begins between the moment at which its write was sent, and
// the one at which it was answered: early is what ends before the first and the
// lease, late what is there after the second and the lease. The cluster's clock
// stands still while there is no leader, and may lose a second with each. So late
// allows for the time for which no write was answered quickly, and a second for
// each election that the nodes have told of: wide while faults go on, and narrow
// when they are over.
//
// The cluster counts by the monotonic clock of its leader. Where that was made fast
// or slow, a lease may end as much earlier or later, and with a leap of it up to two
// seconds earlier. That excuses nothing if the node surely followed then: it was a
// follower before and after, in one term. Wall clocks excuse nothing.
//
// Held by TestALeaseEndsAsEarlyAsTheLeadersClockMayTell,
// TestALeaseEndsAsLateAsTheLeadersClockMayTell,
// TestALockIsLostAsEarlyAsTheLeadersClockMayTell.
//
// # Unknown outcomes
//
// A write with unknown outcome may stand anywhere after its invocation, or
// nowhere. An item with many of them would take long to judge. Beyond
// MaxUnknown the item is Undecided: such a finding does not say that the
// cluster is wrong, and does not let the run pass either.
//
// # Gaps
//
// A node that is killed forgets what it has told, and its feed begins anew with the
// whole tree. What one feed has missed another one has told; what all have missed is
// not decided, and a run in which that is more than a tenth is Undecided.
//
// # Example
//
//	findings := checker.Items(history.Calls(recorder.Events()), dumps)
//	for _, finding := range findings {
//		fmt.Println(finding)
//	}
//
// # Pitfalls
//
// Revisions and Items need whole histories: a write that is missing from the
// history looks like a write of a wrong cluster.
//
// # Concurrency
//
// All functions are pure, and may be called at any time.
package checker
