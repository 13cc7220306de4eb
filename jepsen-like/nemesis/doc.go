// Package nemesis breaks nodes while the workloads run, and puts them right
// again.
//
// # Guarantees
//
//   - What it has broken is whole again when Run returns, however it returns:
//     the last thing it does is to heal every fault.
//
//     Held by TestAllIsWholeWhenTheRunEnds,
//     TestAllIsWholeWhenAFaultCannotBeMade, TestHealUndoesAFaultOnEveryNode.
//
// # Concepts
//
// A Nemesis is one kind of fault. It can start on one node and be stopped; Heal
// undoes whatever it may have done, to any node. Kill ends processes with
// SIGKILL and starts them again; Pause stops them with SIGSTOP and lets them go
// on.
//
// A Schedule decides which fault hits which node and when: one fault of each Kind
// each period, drawn from the seed. So a node is killed while the network is
// broken, but not while it is paused. One in four is aimed at the leader, since
// those are what elections and lost answers come from; the others at any node,
// the leader included. Nobody waits until the node has come back: the next fault
// may find it still recovering, and then the cluster has no majority for a
// moment.
//
// A fault that had no effect has tested nothing, so each says at its end what it
// was seen to do.
//
// # Adding one
//
// A nemesis has a file of its own. What it needs of the nodes is a small
// interface, as Nodes is: real processes and simulated nodes both have it. Add it
// to the function that returns all of that interface, as OfNodes.
//
// # Example
//
//	schedule := nemesis.Schedule{Faults: faults, Period: time.Second, ...}
//	err := schedule.Run(ctx)
//
// # Concurrency
//
// A Schedule runs in the goroutine that calls Run. Its nodes may be used by
// others at the same time.
//
// # Pitfalls
//
// The seed decides the plan, not who leads when a fault is aimed at the leader,
// nor how fast the machine is: a repeated seed meets alike situations, not the
// same ones.
package nemesis
