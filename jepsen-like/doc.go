// Command jepsen-like runs a real cluster on this machine, breaks it again and
// again while clients write, and then proves from the recorded history that the
// cluster kept what it had promised, or shows what it broke.
//
//	go run ./jepsen-like -time 60s -seed 1
//
// # What a passing run says
//
// For the faults and the minute it saw:
//
//   - Every acknowledged write is on every node. No refused write is on any.
//     Writes whose outcome is unknown are there or not, and are counted apart.
//
//     Held by jepsen-like/checker.TestInserts, jepsen-like/checker.TestItems.
//
//   - All nodes have the same tree: one revision, one digest, the same items.
//
//     Held by jepsen-like/checker.TestAgreement.
//
//   - A node that updates what another has removed is refused, or else its
//     update has a revision before that of the removal.
//
//     Held by jepsen-like/checker.TestStaleUpdates,
//     jepsen-like/checker.TestItems.
//
//   - Each write that changes the tree has a revision of its own, and revisions
//     respect real time: what was acknowledged before a write was sent has a
//     smaller one, and every linearizable read and every refusal knows of it.
//
//     Held by jepsen-like/checker.TestRevisions.
//
//   - After the faults each node serves writes and linearizable reads.
//
//     Held by jepsen-like/checker.TestLiveness.
//
// That a run on a cluster that breaks one of these fails is held by
// jepsen-like/harness.TestARunFindsEveryBug. It is no proof that the next minute would pass, too.
// Another seed draws another run.
//
// # A run, step by step
//
//  1. The program of the nodes, cmd/node, is built once and started as 3 to 7
//     processes, each with its own folder and ports on the loopback interface.
//  2. Clients write through all nodes at once (package workload), and each
//     operation is recorded when it is sent and when it has ended (package
//     history). A client whose write has an unknown outcome goes on under a new
//     process number.
//  3. Meanwhile the nemesis makes one fault a second (package nemesis): it kills
//     a node with SIGKILL and starts it again, or stops it with SIGSTOP and lets
//     it go on.
//  4. All faults are healed. The nodes have 30 seconds to be ready at one
//     revision; then each serves ten writes and ten linearizable reads.
//  5. Everything is read back from each node and judged (package checker).
//
// The harness speaks HTTP to the nodes (package client), sends them signals
// (package nodes), and knows nothing else of them. It imports nothing of the
// library.
//
// # What it prints
//
// First the seed, then a line each second, then a summary, and last PASS, VOID
// or FAIL:
//
//	seed 1: 3 nodes, 8 clients, 1m0s, workloads all, faults kill,kill,kill,pause
//	   1s  acknowledged 566 (+566, refused 128, unknown 0, reads 98)
//	   2s  acknowledged 824 (+258, refused 66, unknown 0, reads 53, kill b leader, kill-end b ended)
//
// The number in the brackets is the second's own. A refused write is no
// failure: a workload tries what must be refused, and a node without a leader
// refuses everything. "kill b leader" says that node b was the leader.
//
// # Exit status
//
//	0  pass
//	1  violation: the cluster did what it must not do
//	2  void: nothing is wrong, but the run has tested too little to say so
//	3  broken: the harness could not do its work, or was interrupted
//
// The go command turns every status but 0 into its own 1 and prints the true
// one: build the harness to see it.
//
// A run is void when too few writes were acknowledged during the faults, when
// there was no fault, or none of ten or more hit a leader, or none of one name
// had an effect, when a
// workload never met the refusal that it is about, or when a rule could not be
// decided.
//
// # After a violation
//
// Each finding names its rule, says what is wrong, and lists the calls that
// show it, as in
//
//	stale-updates: an update was accepted after the removal of its item
//	    [309-318] ok {"number":158,"step":3,"function":"remove","node":"b","item":"users/u10"} -> {"revision":125}
//	    [326-328] ok {"number":167,"step":4,"function":"update","node":"a","item":"users/u10"} -> {"revision":131}
//
// The numbers in front are the indices of the call's two events in
// history.jsonl. The last line names the folder of the run, which is kept: a
// folder and a log for each node, the history, and the program of the nodes.
// Findings are in the order of the history, so the first one is nearest to the
// cause.
//
// The same flags and seed draw the same operations and faults again. They do
// not repeat the timing of processes, so a rare violation may need several
// runs.
//
// # Growing it
//
// A workload is a file in package workload and a line in workload.All; a fault
// is a file in package nemesis and a line in nemesis.OfNodes; a rule is a file in
// package checker. Package fake is a cluster in memory with bugs to order: a
// rule that is new needs a bug there that only it notices.
//
// # Limits
//
// The history is kept in memory, about 1,600 events a second. All nodes run on
// one machine with one disk and one clock; there is no power cut, no partition
// and no disk fault yet. On other systems than Linux, a harness that is itself
// killed with SIGKILL leaves its nodes running.
package main
