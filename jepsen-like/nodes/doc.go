// Package nodes runs the nodes of a cluster as processes of this machine, each
// with a folder, a log and two ports of its own.
//
// # Guarantees
//
//   - No process outlives the Cluster: Close ends all of them and waits for
//     their end, and if this process is killed, the kernel kills them.
//
//     Held by TestCloseEndsAllNodes, TestNoNodeOutlivesAHarnessThatIsKilled.
//
//   - A terminal's interrupt does not reach them: they are in process groups of
//     their own, so that the harness alone decides when they end.
//
//     Held by TestEachNodeIsInAProcessGroupOfItsOwn.
//
// What the kernel does here it does on Linux alone: elsewhere a kill of the
// harness leaves the nodes running, and an interrupt reaches them.
//
// # Concepts
//
// A node is stopped, running or paused. Kill is SIGKILL: the process has no
// chance to write anything more. Start gives a stopped node a new process with
// the folder and the ports of the last one. A process that ends by itself is a
// crash, and Crashes reports it: the harness takes it for a defect of the node.
//
// # Example
//
//	binary, err := nodes.Build(ctx, dir)
//	cluster, err := nodes.New(nodes.Config{Binary: binary, Dir: dir, Count: 3})
//	defer cluster.Close()
//	err = cluster.Start("a")
//	err = cluster.Kill("a")
//
// # Concurrency
//
// A Cluster may be used by any number of goroutines. Each process has a
// goroutine that waits for its end, and the cluster has one that starts
// processes; Close ends all of them.
//
// # Limits
//
// 26 nodes, since they are named a to z. Pausing needs the signals of Unix:
// elsewhere Pause returns ErrUnsupported.
//
// # Pitfalls
//
// A started node is not ready: ask it.
package nodes
