// Package network connects the nodes of a cluster on one machine, and lets each
// direction between two of them fail in its own way: cut, delayed, lossy,
// duplicating, reordering, corrupting, resetting or narrow.
//
// # Guarantees
//
//   - A fault holds in one direction, and for the two nodes that it is given
//     for.
//
//     Held by TestACutIsOneWay, TestACutIsSilentAndOneWay,
//     TestADelayHoldsUpEachDirectionAlone.
//
//   - A sound link changes nothing: every packet arrives at once, and in order.
//
//     Held by TestASoundLineLeavesPacketsAlone, TestManyBytesArriveWhole.
//
//   - A link that is healed is as good as new: what waited in it arrives at
//     once.
//
//     Held by TestAHealedLineDeliversAtOnceWhatWasUnderWay.
//
//   - The harness reaches every node, whatever the links between nodes are like.
//
//     Held by TestNoFaultBetweenNodesDisturbsTheHarness.
//
//   - The seed decides what befalls the n-th packet of each direction.
//
//     Held by TestTheSeedDecidesWhatBefallsEachPacket,
//     TestWhatBefallsOnePacketDoesNotDependOnTheOthers.
//
//   - Nothing is left behind, also when the harness is killed.
//
//     Held by jepsen-like/nodes.TestNothingOutlivesAHarnessThatIsKilled.
//
// # Concepts
//
// There are three ways to connect nodes. Auto takes the first one that the
// machine allows, and Open says which and why.
//
// Namespaces: each node has a Linux network namespace to itself, with a loopback
// interface and one TUN device, whose other end this process reads and writes. A
// switch takes in every IP packet that a node sends, draws its fate, and writes
// it to the device of the node that it is for when it is due. The nodes' own
// kernels do the rest: what is lost is sent again, what is doubled is dropped,
// what is corrupted fails its checksum, and a node that is cut off hears nothing
// at all. The harness opens its connections inside the namespace of the node that
// it asks, so that they never meet the switch.
//
// A namespace has no name. It lives as long as a process in it or an open file of
// this process, and so ends with them, however they end; the device goes with it.
// The machine's own network is not touched.
//
// Proxies: the nodes share the loopback interface, and each is given an address
// of this process in place of each other node's, so that it is known who dials
// whom. That needs no rights. But this process's kernel acknowledges what a node
// sends, and so bytes can be held up and connections broken, not packets lost.
//
// Plain: the nodes share the loopback interface, with nothing between them.
//
// # Example
//
//	n, why, err := network.Open(network.Auto, []string{"a", "b", "c"}, seed)
//	defer n.Close()
//	err = n.Enter("a", command.Start)
//	err = n.SetLink("a", "b", nemesis.Link{Delay: 50 * time.Millisecond})
//
// # Concurrency
//
// A Network may be used by any number of goroutines. A switch has a goroutine
// for each node and one that delivers what is due; proxies have one for each
// address and four for each connection. Close ends all of them.
//
// # Limits
//
// Namespaces need the right to administer the network (root, on most machines),
// /dev/net/tun and IPv4. A narrow link has a queue of one second; what does not
// fit is lost.
//
// # Pitfalls
//
// Who calls Enter must have locked the goroutine to its thread, and what it
// starts there is not to be started anew by another thread: see package nodes.
//
// The packets of two runs are never the same, so the same seed gives links that
// are alike, not equal.
package network
