// Package simulate makes many simulated runs, each in a process of its own, and
// makes those that fail smaller.
//
// # Guarantees
//
//   - What is printed for a run that has failed fails again, in the same way, as
//     often as the run repeats itself.
//
//     Held by TestShrinkingKeepsTheFailure, TestShrinkingLeavesOutWhatIsNotNeeded.
//
//   - A run repeats itself to the byte, however long it is and whatever its faults
//     are.
//
//     Held by TestARunUnderFaultsOfDisksAndClocksRepeats,
//     jepsen-like/overlay.TestABubbleRepeatsFromItsSeed.
//
//   - A simulated node has clocks of its own, which can be put wrong, and a bug that only
//     shows then is found.
//
//     Held by TestSimulatedNodesHaveClocksOfTheirOwn,
//     jepsen-like/sim.TestANodeHasItsOwnClocks.
//
//   - A run that ends in no way, takes too much memory or breaks its process is
//     noticed, and is a failure of its own.
//
//     Held by TestARunThatTakesTooLongIsEnded, TestAProcessThatBreaksIsACrash.
//
//   - No process is left behind, and no file, also when the work is interrupted.
//
//     Held by TestAnInterruptedRunLeavesNoProcess,
//     jepsen-like/sim.TestAProcessWhoseParentIsGoneEndsAndCleansUp.
//
// # Concepts
//
// The runs themselves are tests of package sim, since only those may use the
// library. Build makes a program of them, once; each run is a process, so that
// one that crashes or fills the memory takes no other with it. The process is
// told its run by flags (package swarm), and writes a swarm.Result.
//
// A process holds the other end of a pipe. When the pipe breaks, whoever has
// started it is gone, and the process ends and removes the common folder.
//
// # Example
//
//	program, err := simulate.Build(ctx, dir)
//	attempt := program.Run(ctx, swarm.Run{Seed: 7, Virtual: time.Minute})
//
// # Limits
//
// The limit of memory holds on Linux alone, and only there do runs repeat themselves
// and have disks that fail and clocks that go wrong.
//
// # Pitfalls
//
// A program that was built without the overlay of the runtime may not repeat a
// run: Shrink asks for several failures then, and may stop early.
//
// # Concurrency
//
// A Program may be run by any number of goroutines.
package simulate
