// Package nodes runs the nodes of a cluster as processes of this machine, each
// with a folder, a log and a place on the network of its own, and with a disk and
// clocks of its own where the machine allows it.
//
// # Guarantees
//
//   - No process outlives the Cluster, and no disk: Close ends all of them and
//     waits for their end, and if this process is killed, the kernel kills them.
//
//     Held by TestCloseEndsAllNodes, TestCloseEndsANodeWhoseDiskHangs,
//     TestCloseLeavesTheFoldersOfTheNodesAndNothingElse,
//     TestNothingOutlivesAHarnessThatIsKilled.
//
//   - A process that ends without being asked to is a crash, unless something was
//     done to its disk or files and it has ended in order, with the exit status 1.
//     What was done to its disk excuses it no longer than it may take to end of it.
//
//     Held by TestANodeThatEndsByItselfIsACrash,
//     TestANodeWhoseDiskFailsMayEndByItself,
//     TestTheExcuseOfADiskEndsWithItsConsequences,
//     TestADiskThatIsSoundAgainExcusesWhoHasMetItAndNoOther,
//     TestTheExcuseOfDamageLastsUntilASoundFolderIsOpened,
//     TestADamagedFolderIsRefusedAndPutBack,
//     TestWhatANodeHasOpenedIsNotPutBack.
//
//   - A power cut takes from a node what it has not flushed, and nothing else.
//
//     Held by TestAPowerCutLosesWhatWasNotFlushed.
//
//   - A node goes by the clocks that SetClock gives it, in all its lives, and the
//     others do not.
//
//     Held by TestANodeKeepsItsClock, jepsen-like/overlay.TestAProcessGoesByItsClock.
//     Where that cannot be, CanShift says so: TestAnotherVersionOfGoHasNoClocks,
//     TestAProgramThatGoesByNoClockSaysWhy.
//
//   - A terminal's interrupt does not reach them: they are in process groups of
//     their own, so that the harness alone decides when they end.
//
//     Held by TestEachNodeIsInAProcessGroupOfItsOwn.
//
//   - Usage tells what the process of a node takes of the machine.
//
//     Held by TestUsageIsThatOfTheProcess.
//
//   - Where the machine allows it, each has a network to itself.
//
//     Held by TestEachNodeHasANetworkOfItsOwn.
//
// What the kernel does here it does on Linux alone: elsewhere a kill of the
// harness leaves the nodes running, and an interrupt reaches them.
//
// # Concepts
//
// A node is stopped, running or paused. Kill is SIGKILL: the process has no
// chance to write anything more. Start gives a stopped node a new process with
// the folder and the addresses of the last one. End is SIGTERM. A process that ends by
// itself is a crash, and Crashes reports it: the harness takes it for a defect of
// the node.
//
// With Config.Disks, a node's folder is on a disk of its own (package disk) while
// the cluster is open; Close copies it to where it is without. SetDisk breaks and
// mends the disk, Damage and Repair change the files of a stopped node. A node that
// meets such a thing must stop, and say why in its log: its end with the exit status
// 1 is expected then, and until twenty seconds after its disk is sound again. Somebody
// else has to start it again.
//
// # Example
//
//	program, err := nodes.Build(ctx, dir)
//	cluster, err := nodes.New(nodes.Config{Program: program, Dir: dir, Count: 3, Network: network.Auto})
//	defer cluster.Close()
//	err = cluster.Start("a")
//	err = cluster.Kill("a")
//
// # Concurrency
//
// A Cluster may be used by any number of goroutines, except that those that are
// about the disk and files of one node follow each other. Each process has a
// goroutine that waits for its end, and the cluster has one that starts
// processes; Close ends all of them.
//
// # Limits
//
// 26 nodes, since they are named a to z. Pausing needs the signals of Unix:
// elsewhere Pause returns ErrUnsupported. What disks need, package disk says; NoDisks
// tells why there are none. So does CanShift of clocks: they need Linux, and the
// version of Go for which package overlay knows where time is told.
//
// # Pitfalls
//
// A started node is not ready: Open waits until it has its folder, and whether it
// serves only the node knows. A node whose disk hangs cannot be killed: SetDisk
// first.
package nodes
