// Package system has the systems that are compared, behind one interface: gstate,
// embedded etcd, dragonboat, and plain hashicorp/raft as the floor.
//
// # Guarantees
//
//   - A write that has returned is applied on the node that it was made on, and is
//     flushed to disk on a majority. A read that is not local has all writes that had
//     returned before it began, on any node.
//
//     Held by TestEverySystemDoesWhatIsMeasured.
//
//   - A watch is told each value that comes after it began, or the newest of several.
//
//     Held by TestEverySystemDoesWhatIsMeasured.
//
// # Concepts
//
// A Member is one node, in the process of those who use it, as each of the systems
// can be used. Its clients call it directly: nobody pays for a protocol that another
// one does without. All nodes talk over TCP, keep their data in files and flush
// them.
//
// etcd, dragonboat and gstate let a client of any node write. The floor does not:
// its members write where the leader is, and nowhere else.
//
// dragonboat and the floor come with no state and no watches. Theirs is a map with
// a channel for each watch of a key: the least that does what is measured.
//
// # Example
//
//	member, err := system.All()["etcd"](system.Node{Number: 0, Addresses: addresses, Dir: dir})
//	defer member.Close()
//	err = member.Write(ctx, "key-1", "value")
//
// # Limits
//
// Timeouts are the defaults of each system, or what its documentation recommends
// for one network; where they are set is said there.
//
// # Concurrency
//
// The methods of a Member may be called from any goroutine.
//
// # Pitfalls
//
// Addresses are three for each node, since etcd wants one for its clients, too, even
// if there are none.
package system
