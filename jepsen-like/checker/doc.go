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
//     TestLostUpdates, TestAgreement, TestLiveness.
//
// # The rules
//
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
//   - Agreement: at the end all nodes show one revision, one digest, and the
//     same items.
//   - Liveness: every write and every linearizable read after the faults was
//     served.
//
// The first two rest on what the cluster promises of revisions: they are dense,
// each write that changes the tree has its own, and a refusal names the
// revision of the tree that refused, or in a conflict that of the change. So
// they check a run of any length in about n log n steps, where a search for an
// order without revisions would be exponential.
//
// # Unknown outcomes
//
// A write with unknown outcome may stand anywhere after its invocation, or
// nowhere. An item with many of them would take long to judge. Beyond
// MaxUnknown the item is Undecided: such a finding does not say that the
// cluster is wrong, and does not let the run pass either.
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
