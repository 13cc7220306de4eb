// Package sim runs clusters of the library in virtual time, breaks them while
// clients work, and proves from what the clients saw that the cluster kept what
// it had promised, or shows what it broke. It consists of tests alone.
//
// # What a passing run says
//
// For the faults and the ten to twenty virtual seconds that its seed gave:
//
//   - Transactions ([example.com/gstate/cluster.Node.Transact]) were strictly
//     serializable, and so was Node.Read among them; what failed was not made.
//
//     Held by TestTransactionsAreStrictlySerializable.
//
//   - A transaction that had read which children there are, by their keys or by a
//     query, was made only if there were no others when it was made.
//
//     Held by TestRoomsAreNotOverbooked.
//
//   - Writes, conditions (Unmodified, Equals, Insert, Update, Remove) and
//     linearizable reads on single items were linearizable, on whatever nodes they
//     were made. A refusal told the truth, too. What a write had made was on its
//     node when it returned.
//
//     Held by TestRegistersAreLinearizable.
//
//   - Every write was made once or not at all, however often it was sent. What
//     Node.Outcome said of a write of unknown outcome, on any node, was so.
//
//     Held by TestCountersAreExact.
//
//   - No item was gone before its lease had ended, whoever looked; none was there
//     later than [example.com/gstate/cluster.Expire] says: beside the time for
//     which there is no sign of a leader and the changes of leader, a quarter of
//     a second, which is all when all is healed.
//
//     Held by TestLeasesEndInTime.
//
//   - Of a lock's holders the context of each had ended when the next one had
//     the lock, and no write under the lock was made after that, also if its
//     holder stood still and did not look: it was refused, and changed nothing.
//     Tokens rose with each grant. A lock that was held was not lost.
//
//     Held by TestLocksHaveOneHolder.
//
//   - Watches of every change ([example.com/gstate/cluster.EveryChange],
//     EndWhenSlow) told each change of their query once, in order, at its
//     revision, with its reasons and with whom it had expelled, on whatever nodes they went on; or they
//     said that changes may be missing. Watches of the latest result told
//     nothing that was not so at the revision named, and nothing twice. All
//     came to the end, on every node.
//
//     Held by TestWatchesAgree.
//
//   - After the faults every node took writes, and all had one tree.
//
//     Held by TestTransactionsAreStrictlySerializable,
//     TestRegistersAreLinearizable, TestCountersAreExact, TestLeasesEndInTime,
//     TestLocksHaveOneHolder, TestWatchesAgree.
//
//   - All that a passing run of real processes says
//     ([example.com/gstate/jepsen-like]) was so, with its clients over HTTP.
//
//     Held by TestSimulate, TestASimulationFindsPlantedBugs.
//
// That a run notices what is not so is held by TestPlantedBugsAreFound. It is
// no proof that another seed would pass.
//
// # Concepts
//
// A run is a cluster of three or five nodes in one testing/synctest bubble,
// over transport/memnet with latencies of its own for each link. Three clients
// for each node make operations, each on its own node or any other, with
// contexts that end soon or late. Meanwhile the nemesis makes the faults that
// it has drawn: it isolates nodes, cuts one direction, holds replies, breaks
// connections so that what was done is sent again, makes links slow, lets a
// leader believe that it leads when it does not any more, ends one node or all
// of them, and heals. Half of the faults are for the leader. Three
// seeds in four take a snapshot after every five entries and leave one in the
// log. The engine's lease is as long as it can be, since nothing that is
// promised here may rest on it. In the end all is healed and read back.
//
// A workload is what the clients do and how it is judged:
//
//	lists      transactions of 1 to 5 appends and reads on 10 lists; judged by
//	           package cycles, with failed and unknown transactions
//	registers  writes, conditional writes and reads of single values; judged by
//	           porcupine, each register by itself. A write of unknown outcome
//	           is an interval without end
//	counter    additions to one number, each with a mark of its own; judged by
//	           the marks, which tell of every write how often it was made
//	bookings   transactions that insert a child where there are few enough, or
//	           remove one; judged by how many there ever were
//	leases     items that are granted a lease and refreshed with another one,
//	           shorter or longer, made to stay, removed and replaced; judged by
//	           the calls of what was granted and all trees that were read. The
//	           lease runs from its application, which lies between a call and
//	           its return: it is early before the call and the ttl, and late
//	           after the return and the ttl, with the bound
//	locks      holders of recipe.Mutex, most for a short time, some for longer
//	           than a lease, and some that stand still until another has the
//	           lock and then write under it; judged by the writes that are there
//	watches    writes of all kinds on a few items, and readers of eight queries
//	           that go on from their last revision on one node after the other;
//	           judged by the log: its commands are applied one by one, and the
//	           queries evaluated anew for each tree
//
// Bugs are planted by wrapping the node that the clients use: there is a test
// that wants each of them to be found. Of bugs in the library itself these were
// planted by hand, and found within 16 seeds: Unmodified always holds; Read
// does not wait for its index, or does not ask a majority; retries are not
// recognised; the reads of a transaction without writes are not confirmed; a
// new leader's clock counts 300 ms in which it did not lead; a lease holds for
// the next item at its path; a holder counts its lease with a margin too much,
// or unlocks before its context ends; two are first in line; a watch of every
// change passes over one, tells one twice, names another reason, or says nothing of
// what an installed snapshot has hidden; a value that replaces another is merged
// when a change is made again. Not found were,
// since they need what is too rare here: a lease that begins with the first tick
// and so ends a part of a millisecond early, and a holder that counts its lease
// from the answer. They have tests of their own in cluster and in cluster/recipe.
//
// # Simulations
//
// TestSimulate makes whole runs that a seed draws (package swarm). One kind of
// them, service, is the run of real processes: package harness with all its
// workloads, checkers and faults. Its nodes are in the bubble, with the HTTP
// handler and server that real ones have; clients reach them through the same
// network. A killed node resets its connections, a paused one leaves them open;
// what is lost on a link comes late, as TCP has it. The faults are those of package
// nemesis, and some that need virtual time to hit their moment. A seed is the same each time
// if the binary is built for that (package simulate). The other kinds are the
// workloads above. The command jepsen-like simulate makes them by the thousand.
//
// A run ends its process when it records too much in one virtual instant: then
// it goes round in circles.
//
// # The soak
//
// One test puts a cluster with the timeouts of a service under load, with a
// change of leader each minute (crash, hand-over and isolation by turns) and two
// restarts of others. After each tenth of the time there is a rest: when all
// leases have ended the log must stand still, and then sessions, answers, leases
// (counted in the snapshots), items, goroutines, connections and the heap after
// two collections are measured. It fails when
//
//   - there are more sessions than were opened, or than the table has room for,
//     or more than four answers to a session, or any lease (a life, in package fsm)
//   - the second half has, at its worst, more goroutines or connections than the
//     first and four, more items, or more heap than the first and three parts in
//     a hundred, and 1 KiB for each session that has come (on three nodes)
//   - anything is left where items had leases or stood in line for a lock, or
//     writes were made more or less often than acknowledged
//   - after two more silent days the session of any instance that is gone is left
//
// Planted by hand, and found: sessions that do not end, answers that are kept,
// and leases of gone items that stay.
//
// Ten hours take some six minutes, and reach the bound of the table, which is
// 1024 sessions. The ten minutes of the default do not.
//
// # Example
//
//	go test ./jepsen-like/sim                              # three seeds of each
//	go test ./jepsen-like/sim -run Transactions -seeds 200 # seeds 1 to 200
//	go test ./jepsen-like/sim -run Registers -seeds 1 -first 7 -log
//	go test ./jepsen-like/sim -run Simulate -seeds 1 -first 7 -virtual 1m -v
//	go test ./jepsen-like/sim -run Soak -soak 10h -v -timeout 1h
//
// The tests are Transactions, Rooms, Registers, Counters, Leases, Locks, Watches,
// PlantedBugs, Simulate and Soak. One that fails prints its seed, the command to see it again, the faults, and what is
// wrong.
//
// # Limits
//
// The seed gives the faults, the operations, the contexts and the latencies.
// It does not give the order in which goroutines run, nor what the engine and
// the library draw for themselves: a seed that has failed may pass the next
// time. Repeat it with -count.
//
// Built with the overlay [example.com/gstate/jepsen-like/overlay.Seeded], and
// started with its environment and -test.parallel 1, it gives all of that: the
// same binary with the same arguments does the same once more.
//
// Disks are in memory and lose nothing: a crash takes what was on the network,
// and nothing that was stored. Only simulations of the kind service have real
// stores, most of them and in binaries that are built with
// [example.com/gstate/jepsen-like/overlay.Disks]: each kill is a power cut there, and
// the disks and files have all faults of package nemesis. A fault that a run cannot have, as
// that of a disk in another binary, is left out. Restarts of real
// processes are the command jepsen-like's own matter.
//
// Nodes have clocks of their own in simulations of the kind service alone, and only in
// binaries that are built with
// [example.com/gstate/jepsen-like/overlay.LocalClocks]: their clients are in other
// goroutines there. A node's wall clock jumps, and its monotonic clock leaps; both go
// faster or slower, and its timers with them from when they are set. What runs already,
// and how long the disk takes and the network, is as it was. Elsewhere all nodes have
// one clock.
//
// A register has 180 operations and 5 of unknown outcome at most, then another
// one takes its place: the search for an order is exponential in those. What
// is not decided in 30 seconds fails the run.
//
// # Pitfalls
//
// No value is written to a register twice, so that Unmodified and Equals mean
// the same there. A workload that writes a value twice needs another model.
//
// A run in which too little was done fails: its silence would prove nothing.
//
// While there are faults the bound of late leases is loose: time in which no
// write was made quickly counts as time without a leader. It is sharp for the
// leases that are granted when all is healed, and in the test of single changes
// of leader.
//
// The soak counts all goroutines and the whole heap of the process: it must not
// run beside other tests.
//
// Judge outside of the bubble: in it a time limit never passes while the
// search runs.
//
// # Concurrency
//
// Seeds run side by side, as many as the machine has cores. Nothing is shared
// between them.
package sim
