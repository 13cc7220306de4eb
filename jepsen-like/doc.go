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
//   - What a node shows never goes back while it runs, and has every write that was
//     acknowledged through it. When there are no faults it is up to date within
//     seconds.
//
//     Held by jepsen-like/checker.TestSessions, jepsen-like/checker.TestStaleness.
//
//   - Items with a lease end neither early nor, allowing for the time without a
//     leader, late; so do those that live with an instance or with another item.
//     Of a lock's holders only the last one writes. What the wall clocks of the nodes
//     show changes nothing.
//
//     Held by jepsen-like/checker.TestLeases, jepsen-like/checker.TestLocks,
//     TestLeasesDoNotGoByWallClocks.
//
//   - Watches tell each change once and in order, from node to node, or say that they
//     have left some out; the last thing they tell is what is there.
//
//     Held by jepsen-like/checker.TestWatches.
//
//   - Nodes of one revision have one digest all the while, and do not take more and
//     more of the machine.
//
//     Held by jepsen-like/checker.TestDigests, jepsen-like/checker.TestResources.
//
//   - What all nodes have told of every change, meanwhile, is one history. Each
//     acknowledged write is in it once, at its revision and with its effect, and
//     every answer is true of it.
//
//     Held by jepsen-like/checker.TestWitness.
//
//   - Transactions are strictly serializable, also where their conditions are
//     queries, and each write is made once, also where its client had to ask what
//     became of it.
//
//     Held by jepsen-like/checker.TestLists, jepsen-like/checker.TestBankAndOnCall,
//     jepsen-like/checker.TestCounters.
//
//   - No answer tells of a fault of a node.
//
//     Held by jepsen-like/checker.TestContract.
//
//   - After the faults each node serves writes and linearizable reads.
//
//     Held by jepsen-like/checker.TestLiveness.
//
//   - The histories of bugs that were found, in testdata, are violations to the
//     rules of today, too.
//
//     Held by TestHistoriesOfBugsAreStillViolations.
//
// That a run on a cluster that breaks one of these fails is held by
// jepsen-like/harness.TestARunFindsEveryBug. It is no proof that the next minute would pass, too.
// Another seed draws another run.
//
// # A run, step by step
//
//  1. The program of the nodes, cmd/node, is built once, so that it goes by clocks
//     that can be put wrong (package overlay), and started as 3 to 7 processes, each
//     with its own folder and, where the machine allows it, a disk and clocks (package
//     nodes) and a network namespace of its own (package network).
//  2. Clients write through all nodes at once (package workload), and each
//     operation is recorded when it is sent and when it has ended (package
//     history). A client whose write has an unknown outcome goes on under a new
//     process number.
//  3. Meanwhile the nemesis makes one fault of each kind a second (package
//     nemesis, which lists them): it kills or stops a node, cuts its power, fills
//     its disk, damages its files; it cuts links between nodes, or makes them bad;
//     it puts a node's clocks wrong. A node whose disk fails must end by itself, and
//     is started again. Ten times a second all nodes are looked at, streams of
//     watches are read on one node after the other, and all changes are heard from
//     each node: of them the checker makes the tree of every revision (package
//     model).
//  4. All faults are healed. The nodes have 30 seconds to be ready at one
//     revision; then the clients go on for some seconds, since what is promised of
//     a cluster without faults shows only there, and each node serves ten writes
//     and ten linearizable reads.
//  5. Everything is read back from each node and judged (package checker).
//  6. The report is written (package report), in a folder that is kept if the run
//     fails, or with -keep.
//
// The harness speaks HTTP to the nodes (package client), sends them signals
// (package nodes), and knows nothing else of them. It imports nothing of the
// library.
//
// # Power cuts
//
// What was acknowledged must have been flushed by a majority, or a power cut of all
// nodes at once loses it. This makes two hundred of them:
//
//	go run ./jepsen-like -time 410s -period 2s -nemesis power-cut-all
//
// The summary counts them. Built without fsync, the nodes lose writes within
// seconds.
//
// Held by TestAcknowledgedWritesOutlivePowerCutsOfAllNodes.
//
// # What it prints
//
// First how the nodes are connected, and why so; then the seed, a line each
// second, a summary, and last PASS, VOID, FAIL or BROKEN:
//
//	network: namespaces, as this machine allows them: each node in its own, with a switch between them
//	seed 1: 3 nodes, 8 clients, 1m0s, workloads all, faults kill,kill,kill,pause
//	   1s  acknowledged 566 (+566, refused 128, unknown 0, reads 98)
//	   2s  acknowledged 824 (+258, refused 66, unknown 0, reads 53, kill b leader, kill-end b ended)
//
// The number in the brackets is the second's own. A refused write is no
// failure: a workload tries what must be refused, and a node without a leader
// refuses everything. "kill b leader" says that node b was the leader, and
//
//	partition-halves c c | b a, partition-halves-end c 40 packets touched
//
// that c was cut off from the others, and that 40 packets were lost by that.
//
// # The network
//
// -network says how the nodes are connected. As root on Linux each has a network
// namespace, and a switch in this process carries every packet between them:
// there all faults of links are possible. Elsewhere connections between nodes go
// through proxies in this process, which can cut them, slow them down and break
// them, but neither lose nor change a packet. The clients' way to the nodes is
// always sound. Nothing of that outlives the harness, also when it is killed;
// nor does the folder of the run.
//
// # Exit status
//
//	0  pass
//	1  violation: the cluster did what it must not do
//	2  void: nothing is wrong, but the run has tested too little to say so
//	3  broken: the harness could not do its work, or was interrupted
//
// A fault that cannot be made or undone ends the run at once: what was seen until then
// is judged and reported, but the run is broken.
//
// What a run cannot be is said before it begins, with the flag, and leaves nothing
// behind.
//
// Held by TestParseRefusesWhatCannotBeRun, TestARunThatCannotBeginSaysWhyAndLeavesNothing.
//
// A folder that -dir, -keep or -traces names is made if it is not there, and stays.
//
// Held by TestFoldersOfFlagsAreMade, TestAFolderOfAFlagThatCannotBeMadeIsNamedFirst.
//
// The go command turns every status but 0 into its own 1 and prints the true
// one: build the harness to see it.
//
// A run is void when too few writes were acknowledged, or reads served, during the
// faults, when there was no fault, or none of ten or more hit a leader, or none of one name
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
// history.jsonl. The last line names the folder of the run, which is kept: begin
// with report.html in it, which shows the operations that prove the first finding
// and the faults around them. There are a folder and a log for each node, the
// history, and the program of the nodes as well. Findings are in the order of the history, so the first one is nearest to the
// cause.
//
// The same flags and seed draw the same operations and faults again. They do
// not repeat the timing of processes, so a rare violation may need several
// runs.
//
// # Kept runs
//
//	go run ./jepsen-like check DIR...
//
// judges runs that were kept once more, with the rules of today, and writes their
// reports again. The exit status is the worst of all. That is how a new rule is
// tried on old histories.
//
// The history of a bug that was found goes to a folder of its own in testdata:
// run.json and history.jsonl, both compressed by gzip -9, and rules.txt with the
// names of the rules that must notice it, and no others, in order. A test judges each
// of them. Those of gstate itself are from runs of a build in which the mended bug was
// put back; the others, fake-*, are from package fake.
//
// # Simulated runs
//
//	go run ./jepsen-like simulate -seeds 1-500 -virtual 10m
//
// makes many small runs in virtual time, with the same clients, checkers and
// faults. Each seed draws another size, other limits, clients and faults, and is
// a process of its own (packages swarm, simulate and sim). A line for each says
// how it went, and the hash of all that it recorded; with -twice each is made
// twice, and the hashes are compared: runs repeat themselves. The exit
// status is that of the worst run, but of ten runs one may be void: by chance nothing
// happened that it is about. 3 says also that one did not repeat itself.
//
// A run that fails is made smaller: fewer faults, workloads, nodes and clients,
// and less time, as long as it fails in the same way. What is left is printed as
// one command. With -traces DIR all that a run records is kept, and with -keep DIR what a
// run of the kind service leaves that fails, report.html and all, as in DIR/seed-7.
//
// # Planted bugs
//
//	go run ./jepsen-like mutants
//
// builds the system with one bug after the other (package mutants), and looks for
// it by simulated runs or by runs of real processes: until the checker finds it
// that must, three times with other seeds. The same runs are made of the sound
// system, where everything that is found is a false alarm. The status is 1 when a
// bug was not found each time, or anything in the sound system.
//
// # Growing it
//
// A workload is a file in package workload and a line in workload.All; a fault
// is a file in package nemesis and a line in nemesis.OfNodes or one of its
// neighbours; a rule is a file in package checker. Package fake is a cluster in memory with bugs to order: a
// rule that is new needs a bug there that only it notices.
//
// # Limits
//
// The history is kept in memory, about 1,600 events a second. All nodes run on one
// machine. Faults of disks and namespaces need Linux and root: without, each node has a
// plain folder and is reached through proxies. Those of clocks need Linux, and a version
// of Go that package overlay knows. The run says which faults are not available and why.
// On other systems than Linux, a harness that is itself killed with SIGKILL leaves its
// nodes running.
package main
