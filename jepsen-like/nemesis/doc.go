// Package nemesis breaks nodes while the workloads run, and puts them right
// again.
//
// # Guarantees
//
//   - What it has broken is whole again when Run returns, however it returns:
//     the last thing it does is to heal every fault.
//
//     Held by TestAllIsWholeWhenTheRunEnds,
//     TestAllIsWholeWhenAFaultCannotBeMade, TestHealUndoesAFaultOnEveryNode,
//     TestEveryFaultOfLinksEndsWithSoundLinks.
//
//   - A fault that came to nothing is not taken for one that was borne.
//
//     Held by TestAFaultThatComesToNothingSaysSo,
//     TestANodeThatBearsTheDamageKeepsIt, TestADamageThatChangesNothingHasNoEffect.
//
// # Concepts
//
// A Nemesis is one kind of fault. It can start on one node and be stopped; Heal
// undoes whatever it may have done, to any node. There are these:
//
//	kill, kill-all            SIGKILL of one node, or of all at once
//	pause, long-pause         SIGSTOP, for a part of the period or for several
//	starve                    a node gets a twentieth of a processor
//	restart, rolling-restart  SIGTERM under load, of one node or of all in turn
//	succession                a node is started while its predecessor still ends
//	bit-flips, torn-tail,     a stopped node's file is damaged or removed: the node
//	lost-file                 must refuse to start, and gets its files back
//	power-cut, power-cut-all  what was not flushed is gone
//	dead-disk, full-disk      every write fails; those that need room fail
//	failed-flushes            flushes fail, and then the power is cut
//	slow-disk                 flushes last longer
//	hung-disk, long-hung-disk no write ends; for longer than a node waits for it
//	partition-one, -halves,   links between nodes are cut: around one, between two
//	-ring, -bridge, -one-way  parts, so that each sees another majority, in one
//	                          direction only
//	partition-flapping        they are cut and healed as fast as elections begin
//	link-slow, -lossy,        they are bad
//	-duplicating, -resetting,
//	-reordering, -narrow,
//	-corrupting
//	clock-jump-forward,       a wall clock is wrong by seconds to hours, for the time
//	clock-jump-back,          of the fault, or to and fro
//	clock-strobe
//	clock-drift, clock-leap   both clocks of a node go faster or slower; its monotonic
//	                          clock is put forward, as where a machine was moved
//
// Snapshots are no fault of their own: the nodes of a run take one every 200
// entries and keep 50 behind it, so that whoever was away for a second is sent one.
//
// What the cluster does not have yet has its place here: changes of its members,
// handing leadership over again and again, backups and their return under load,
// and nodes of several releases. Each will be an interface beside Services.
//
// # What is legal
//
// A node that has lost what it had acknowledged may do harm: it votes as if it had
// not. So a fault never makes one forget what it has flushed. An old copy of a
// folder is never put back, and no folder is emptied as a whole, since no node can
// tell that from its first start. Files are damaged on one node at a time, while it
// stands still; if the node refuses them, as it must, it gets the originals back.
// If it takes them it goes on with them, and whatever is wrong must be seen by the
// checkers.
//
// A wrong wall clock is no excuse for anything. By the monotonic clock of its leader
// a cluster measures leases, and no cluster can tell that it goes wrong: so package
// checker allows for a leader's drift and leap what they come to, and no more.
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
// to the function that returns all of that interface: OfNodes, OfServices, OfFiles,
// OfDisks, OfNetwork or OfClocks.
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
