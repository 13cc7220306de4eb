// Bench compares gstate with what else there is for the same purpose: embedded etcd,
// dragonboat, and hashicorp/raft with raft-boltdb alone as the floor. It is a module
// of its own: nothing of these comes to those who embed gstate.
//
//	go run . -rounds 5 -out results
//
// # Guarantees
//
//   - All systems do the same work in the same way: three nodes, each in a process of
//     its own, in files that are flushed, with the clients in those processes, over
//     TCP on one machine.
//
//     Held by TestEverySystemIsMeasured,
//     cluster/bench/system.TestEverySystemDoesWhatIsMeasured.
//
//   - What is compared was measured in one run, in turn: one system after the other
//     in each round, and in the next round the other way around. What counts is the
//     median of the rounds, and the ratio to another system: a machine is never as
//     quick as another, nor as itself a minute ago.
//
//     Held by TestRoundsGoThereAndBack, TestTheTableHasMediansAndRatios.
//
//   - A measurement with an error, or of too little, is no measurement: the program
//     says so and ends with status 1.
//
//     Held by TestAFailedMeasurementIsNone.
//
// # Concepts
//
// A fleet is the processes of one system. An experiment drives a fleet and returns
// figures, each of which is better when it is greater, or when it is less.
//
//	writes     acknowledged writes of 128 bytes over 10,000 keys, at 1 to 1,024
//	           writers on all nodes, and on followers alone
//	reads      linearizable reads by 256 readers on all nodes; reads of what a node has
//	watch      from the acknowledgement of a write on one node to its event on another
//	fan-out    the same until all of 1,000 watchers on the other nodes are told
//	failover   the longest time without an acknowledged write when the leader is killed
//	idle       processor time of a cluster without clients
//	memory     bytes for each of 200,000 items, and how soon a node that was killed
//	           has them again
//
// # Example
//
//	go run . -systems gstate,etcd -experiments writes -writers 1,64 -rounds 3
//	go run . compare before/results.json results/results.json
//
// # Limits
//
// A fleet is on one machine: what a network between machines costs is not in the
// figures. The floor is written to and read from at its leader alone.
//
// # Concurrency
//
// Experiments run one after the other. Each process has the processors of the machine,
// and ends with its input, whatever its clients and watchers still do.
//
// # Files
//
// main.go has the rounds, fleet.go the processes, worker.go what a process does for the
// program: load.go, told.go, gap.go and usage.go. experiment.go, watching.go,
// failover.go and keeping.go drive them; results.go and plot.go are what comes of it,
// and compare.go holds it against former results.
//
// # Pitfalls
//
// Nothing else should run on the machine meanwhile. On one with two processors, the
// clients take as much time as the nodes.
package main
