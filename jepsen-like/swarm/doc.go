// Package swarm says what a seed stands for: one simulated run, with its own
// size, limits, clients and faults.
//
// # Guarantees
//
//   - A seed always draws the same run from the same menu.
//
//     Held by TestASeedDrawsOneRun.
//
//   - The flags of a run are the run: what Args writes, Bind reads.
//
//     Held by TestTheFlagsOfARunAreTheRun.
//
//   - What is smaller than a run is smaller each time, so that making a run
//     smaller comes to an end.
//
//     Held by TestMakingARunSmallerEnds.
//
//   - A long run makes hardly more operations than one of a minute, and fewer faults
//     in each.
//
//     Held by TestALongRunMakesFewerOperationsAndFaultsASecond.
//
// # Concepts
//
// Many small runs that differ find more than one long one that has a little of
// everything: with all faults at once no single one goes far, and a small
// snapshot, five nodes or one workload alone each meet what the others never
// do. So each seed draws its run from a Menu.
//
// A Run has a kind. Service is the run of real processes, with the same clients
// over HTTP, faults and checkers. The other kinds have clients that use the
// nodes' own methods.
//
// A Result is what has come of a run. The process that makes the run writes it
// for the one that has started it.
//
// # Example
//
//	run := given.Over(swarm.Draw(7, given.Kind, menu))
//	for _, smaller := range run.Smaller() {
//		...
//	}
//
// # Pitfalls
//
// A new workload or fault is a new menu: all seeds draw other runs then. A
// command that is to repeat a run names everything.
//
// # Concurrency
//
// All is plain data.
package swarm
