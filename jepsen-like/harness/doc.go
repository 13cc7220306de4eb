// Package harness is the procedure of a run: form a cluster, let clients work
// while faults are made, heal, let everything come together, read it back, judge.
//
// # Guarantees
//
//   - A run on a cluster that does what it must passes; one that breaks a rule of
//     package checker is a violation.
//
//     Held by TestARunOnACorrectClusterPasses, TestARunFindsEveryBug.
//
//   - A run that did too little, or whose faults had no effect, is void.
//
//     Held by TestARunThatTestedTooLittleIsVoid, TestARunWithoutFaultsIsVoid.
//
//   - When the nemesis itself fails, the run ends then and not when its time is over.
//     What was seen is judged, and the outcome is Broken.
//
//     Held by TestANemesisThatFailsEndsTheRun.
//
//   - When the faults are over, the clients go on for Config.Calm. All the while the
//     nodes are looked at, and each answer names the life of its node.
//
//     Held by TestTheClientsGoOnWhenTheFaultsAreOver,
//     TestTheNodesAreLookedAtAllTheWhile, TestAnAnswerNamesTheLifeOfItsNode.
//
//   - When Run returns, all faults are healed and no client is at work, also when
//     it was interrupted.
//
//     Held by TestAnInterruptedRunHasNoVerdictAndLeavesNoFault.
//
//   - A run that was saved can be judged again: its verdict is the same, as long
//     as the rules are.
//
//     Held by TestASavedRunIsJudgedAsItWas.
//
// # Concepts
//
// A Harness knows its nodes by a Cluster, which starts and ends them, by HTTP
// through an http.RoundTripper, and by the faults that it is given. So the same
// procedure runs real processes, simulated nodes in virtual time, and the
// stand-in of package fake.
//
// A Record is what a run leaves: configuration, history, what the nodes held at
// the end, and what they said of themselves meanwhile. Judge needs nothing else,
// and so a workload must judge by its calls and the dumps alone, not by what it
// remembers.
//
// # Example
//
//	h, err := harness.New(config, cluster, nemesis.OfNodes(cluster), transport, file, os.Stdout)
//	verdict, err := h.Run(ctx)
//
// # Concurrency
//
// A Harness makes one run, in the goroutine that calls Run. Its clients and the
// schedule of faults have goroutines of their own, which end before it returns.
//
// # Limits
//
// The whole history is kept in memory, about 1,600 events a second, and so is what
// one follower for each node hears of the change feed.
package harness
