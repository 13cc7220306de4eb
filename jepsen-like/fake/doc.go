// Package fake is a cluster for the harness's own tests. It speaks the HTTP
// contract in memory, can be killed and paused as the real one, and has bugs to
// order.
//
// # Guarantees
//
//   - Without a bug it does nothing that a correct cluster would not do: a run
//     on it must pass.
//
//     Held by TestTheTreeKeepsTheContract, TestItemsEndByThemselves,
//     TestAWriteUnderALockNeedsIt, TestAWatchTellsOnFromARevision,
//     jepsen-like/harness.TestARunOnACorrectClusterPasses.
//
//   - With a bug it does so often enough for a run of some seconds to meet it:
//     a run on it must find the bug. That is how the harness is tested itself.
//
//     Held by jepsen-like/harness.TestARunFindsEveryBug.
//
// # Concepts
//
// There is one tree, which all nodes share, so there is nothing to replicate.
// What matters to the harness is how the nodes fail: a killed node refuses
// connections, an answer that was under way is lost though the write may have
// been applied, a paused node keeps its callers waiting, and when the leader is
// gone the others elect a new one and refuse writes until then.
//
// A Cluster is an http.RoundTripper. It opens no socket, so that whole runs
// take place in virtual time in a testing/synctest bubble.
//
// # Example
//
//	c := fake.New([]string{"a", "b", "c"}, fake.StaleUpdate)
//	nodes := client.New(c.Addresses(), c)
//
// # Concurrency
//
// A Cluster may be used by any number of goroutines. An open watch has one, which
// ends with its request or with its node.
//
// # Limits
//
// Of the forms of queries it knows those of the workloads, and of transactions what
// package model knows. It remembers all changes: no watch is ever too slow.
package fake
