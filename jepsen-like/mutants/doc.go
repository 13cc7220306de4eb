// Package mutants has bugs to be planted into the library, and hunts for them with
// the harness: who looks for bugs must show that he finds them.
//
// # Guarantees
//
//   - Each of the twenty bugs of the list is there, fits the present sources, and
//     compiles.
//
//     Held by TestAllBugsOfTheListArePlanted, TestEachPatchFitsTheSources.
//
//   - A bug counts as found only if the checker that must find it has broken a rule
//     of its own, in every try. One that was found by another checker alone, or in
//     some of the tries, was not.
//
//     Held by TestABugIsFoundByTheExpectedCheckerInEachTry,
//     TestABugThatAnotherCheckerFindsIsNotFound,
//     TestABugThatIsFoundInSomeTriesIsNotFound.
//
//   - The sound system makes the same runs. Whatever is found there is a false
//     alarm.
//
//     Held by TestTheSoundSystemMakesTheSameRuns.
//
//   - A bug that takes a guard of the library away is found by the library's own
//     test of that guard as well.
//
//     Held by TestOwnTestsMustFail, TestABugForATestAloneIsNotHunted.
//
//   - What a bug names is there: its workload, its faults, and the test of the
//     library that fails with it.
//
//     Held by TestGuardsNameTestsThatExist,
//     jepsen-like/sim.TestPlantedBugsNameWhatThereIs,
//     jepsen-like.TestPlantedBugsOfProcessesNameWhatThereIs.
//
// # Concepts
//
// A bug is a patch in the folder patches: a header and a unified diff against the
// root of the module. Its places are known by their text and not by their lines;
// of them and package overlay comes a build with the bug, so that nothing of it is
// in the production code, and no file of the sources is touched.
//
//	Number:    that of the list of planted bugs; 14b is a relative of 14
//	Name:      a few words
//	Plants:    what is wrong in the patched system
//	Mode:      sim, for simulated runs; real, for real processes; or test, for a
//	           test of the library and nothing else
//	Workload:  sim: a kind of simulated runs, or service/NAME for the workload
//	           NAME of the kind service; real: a workload
//	Faults:    names of faults, joined by commas, or any, as each seed draws them
//	Checker:   the rule that must be broken
//	Budget:    how long one try may take, in real time
//	Sizes:     further flags of simulate; may be left out
//	Test:      the test of the library, see below; may be left out but for the
//	           mode test, which has no fields from Workload to Sizes
//	Note:      where the bug is not quite that of the list; may be left out
//
// A Hunt builds the system with a bug once, and makes runs, of one seed after the
// other, until the expected checker finds it or the budget is used up. That is a
// try; there are several, each with seeds of its own.
//
// # Known failures of the engine
//
// Around the engine stand guards (cluster/DESIGN.md), each with a test that fails
// without it. That it does is tried with the bug that takes the guard away:
//
//	failure                                guard                    bug  test
//	stale VerifyLeader read                readindex.go, confirm    3b   cluster.TestLateAnswerConfirmsADeposedLeaderByVerifyLeaderButNotByRead
//	retry after a failed fsync             latch.go, guard          20b  cluster.TestFirstFailedWriteIsTheLast
//	leader with a hung disk (raft#503)     latch.go, the watchdog   21   cluster.TestLeaderWhoseDiskHangsIsReplaced
//	InstallSnapshot livelock (raft#697)    snapshotlog.go, accept   22   cluster.TestMemberWhoseLogContradictsASnapshotCatchesUp
//	transfer that does not end (raft#696)  lifetime.go, handOver    25   cluster.TestLeaderThatClosesIsNotHeldUpByItsTransfer
//
// # Example
//
//	go run ./jepsen-like mutants                  # all, three tries each
//	go run ./jepsen-like mutants -only 3,14b -tries 1 -budget 2m
//
// A new bug is a patch file. Make the change, take git diff, undo the change, and
// write the header.
//
// # Limits
//
// Of the list's spare bugs some are left out, since the system has nothing to plant
// them in: 23 and 28 are about changes of the members, and 24 about an entry that a
// later release has written.
//
// Budgets are real time, on a machine with two cores and nothing else to do.
//
// # Pitfalls
//
// A patch changes one package at a time to compile on its own: the test checks no
// more than the packages that it touches.
//
// # Concurrency
//
// All is plain data, but for Hunt.All, which has a goroutine for each of
// Hunt.Processes and waits for them. A Program may be asked for several runs at once.
package mutants
