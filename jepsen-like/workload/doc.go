// Package workload says what clients do during a run, and what must be true
// of it.
//
// # Guarantees
//
//   - The operations of a workload leave traces that its Check can judge: every
//     write leaves its own number behind, and no two workloads share an item.
//
//     Held by jepsen-like/client.TestARequestIsWhatTheContractAsksFor,
//     TestNoTwoWorkloadsShareAnItem.
//
//   - An item with too many unknown outcomes is given up before it becomes
//     costly to judge.
//
//     Held by TestRegistersGivesUpAnAmbiguousRegister,
//     TestSixStepsEndsACaseWithUnknownOutcome, TestASessionEndsWithAnUnknownOutcome,
//     TestLeasesGivesUpWhatIsUnknown, TestLocksGiveUpAnAmbiguousItem,
//     TestWatchesGiveUpAnAmbiguousItem.
//
//   - Readers beside the clients end with their context.
//
//     Held by TestWatchesEndWithTheirContext.
//
// # The workloads
//
//   - Inserts makes new items, each of them once, and now and then tries to
//     insert again what is there. None may be lost, none doubled.
//
//   - SixSteps plays the scenario that the cluster exists for. (1) One node
//     inserts a user; (2) another node sees it; (3) the first removes it; (4)
//     the other, which still holds what it saw, updates it, and must be
//     refused; (5) the first inserts the user again; (6) the other updates on
//     the condition that nothing has changed since step 2, and must be refused
//     again. In half of the cases 3 and 4 are sent at the same time, and so are
//     5 and 6: then an update may be accepted if its revision says that it came
//     before the removal.
//
//   - Registers reads a few items linearizably and overwrites them on the
//     condition that they are unmodified since they were last seen.
//
//   - Sessions writes through a node and reads what that node has. Now and then a
//     session goes on at another node, with the revision that it has seen.
//
//   - Leases makes items that end by themselves: with a lease that is given again
//     a few times, with the node that has made them, or with another item. Clients
//     look at them before and after. A few leases are so long that no clock that leaps
//     may end them at once.
//
//   - Locks takes a lock by inserting an item that ends with its lease, or with the
//     node through which it was taken, and writes under it. Some of the writes are
//     those of former holders, which go on as a process does that was stopped.
//
//   - Watches writes to a few items, of which eight streams tell: one item, all of
//     them, those with a field, and their number; each change or the latest; slow
//     readers, too. The streams go from node to node.
//
//   - Counters adds one to a few counters, some of it with so little time that the
//     outcome is often unknown, and then asks what has become of it.
//
//   - Lists makes transactions that append to a few lists and read them. What they
//     read becomes a condition, so that they are serializable.
//
//   - Bank moves money between accounts, on the condition that it is there.
//
//   - OnCall lets doctors come and leave, on the condition that another one stays:
//     that is a question about all of them, whose answer others are changing.
//
// # Adding one
//
// A workload has a file of its own and is added to All. Next must not wait,
// since a client calls it between two operations. Run must make at most one
// operation, whose end is what it returns, and may take note of the answer for
// later ones. It may read beforehand what the operation is to depend on. What is not
// an operation of a client, such as reading a stream, is a Follower's, which the
// harness runs beside the clients. A workload whose rules need to know of faults and
// nodes is a Judge.
//
// # Example
//
//	for _, w := range workload.All([]string{"a", "b", "c"}) {
//		request := recorder.Invoke(process, w.Next(random, "a"))
//		kind, answer := w.Run(ctx, client, request)
//		recorder.Complete(process, request, kind, answer)
//	}
//
// # Concurrency
//
// All methods of a workload may be called by any number of goroutines. The
// random source belongs to the caller.
//
// # Pitfalls
//
// The seed decides what is drawn, but not how fast the cluster answers. Two
// runs of one seed play alike, not equally.
package workload
