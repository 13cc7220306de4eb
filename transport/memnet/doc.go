// Package memnet is an in-memory network for tests, with hosts, connections,
// and the faults that real networks have.
//
// # Guarantees
//
//   - A connection behaves as one over TCP: what is written arrives whole and
//     in order, a full buffer makes the writer wait, deadlines are honoured,
//     the peer of a closed end reads what is left and then io.EOF.
//
//     Held by TestBytesArriveInOrderBothWays, TestWriterWaitsForTheReader,
//     TestDeadlines, TestClosedEnd.
//
//   - A fault acts on everything at the same moment, and acts only where it was
//     asked for.
//
//     Held by TestCutIsOneWay, TestResetBreaksConnectionsAtOnce,
//     TestPartitionReplacesTheFormerOne.
//
//   - Cut, Hold, Delay and Latency lose nothing, reorder nothing and show no error;
//     Reset and Crash do.
//
//     Held by TestKeptBytesArriveInOrderWhenTheFaultEnds,
//     TestFaultsNeverLoseReorderOrInventBytes, TestCrash.
//
//   - Inside a testing/synctest bubble whoever waits is durably blocked, so
//     time passes and the test does not sleep. It keeps no goroutine of its
//     own.
//
//     Held by TestDialWaitsBehindAFault, TestWriterWaitsBehindACut.
//
// # Concepts
//
// A [Network] has hosts, made by their first mention in [Network.Host]. A
// [Host] is what a node is given as its network (it has the methods of
// transport.Network), so the network knows who dials. An address is
// "host:port"; the host part decides which way a connection goes, and an
// address without a port is fine.
//
// Between two hosts there are two routes, one for each direction, and every
// fault belongs to a route:
//
//	fault      connections                        dials                           ends with
//	Cut        bytes are kept back                wait until their context ends   Heal: bytes arrive, in order
//	Hold       as Cut, by a switch of its own     as Cut                          Release
//	Delay      bytes arrive later                 take both directions' delay     Delay of zero
//	Latency    as Delay, by each write's size     as Delay                        Latency of nil
//	Reset      both ends read and write an error  -                               at once
//	Crash      the host's are gone                the host's fail                 a new Host of the same name
//
// Heal delivers what a Cut has kept back, because that is what TCP does after a
// short cut: it retransmits. After a long one TCP gives up; call Reset for
// that.
//
// # Example
//
//	network := memnet.New()
//	a, b := open(network.Host("a")), open(network.Host("b"))
//	network.Hold("b", "a") // b hears a and a does not hear b
//	...
//	network.Release("b", "a") // the replies come, late
//
// # Limits
//
// One direction holds [BufferBytes]; 128 connections wait for Accept, and
// further dials wait. There is no loss, duplication or reordering inside of a
// connection, as a program above TCP sees none.
//
// A write fails as soon as the end of the peer has arrived; TCP lets the first
// one pass. An unread rest does not turn a Close into a reset. Ports are not
// given out twice.
//
// # Concurrency
//
// Everything is safe for concurrent use. One lock guards a whole network, which
// is fast enough for tests of a few nodes. A network must be used inside of one
// bubble or outside of all.
//
// # Pitfalls
//
// Without a Delay everything happens in the same instant: two nodes that answer
// each other for ever then stop the virtual clock. Isolate and Partition know
// the hosts that exist at that moment; a host that appears later is not cut
// off.
package memnet
