// Package history records what a run asked of the cluster and what came back,
// in the form that the checkers read.
//
// # Guarantees
//
//   - The order of the events is the order in which they happened: an event
//     that stands behind another one was recorded after it. The checkers lean
//     on that: "this write had returned before that one was invoked" is a
//     comparison of two indices.
//
//     Held by TestEventsOfManyProcessesGetOneOrder.
//
//   - A history that was read from a file and has a gap is not judged.
//
//     Held by TestValidate.
//
//   - WriteEDN asks of a write no more than the history says, so that Knossos
//     does not report what may be right.
//
//     Held by TestWriteEDN.
//
// # Events and calls
//
// An operation has two events. Invoke is recorded before the request leaves,
// and one of three completions after the answer has come, or is given up:
//
//   - OK: the answer says that it was done. For a read: it was served.
//   - Fail: it was certainly not done. The connection was refused, or the
//     answer said so, with a code such as "exists" or "no_leader".
//   - Info: the outcome is unknown. A time ran out or a connection broke, and
//     the write may have been applied, may be applied later, or never.
//
// A read has no effect, so a read that was not served is a Fail, whatever the
// reason. After an Info a client goes on under a new process number: the old
// process is taken for still waiting, for ever.
//
// Faults are events too, of process Nemesis, and so is what was seen of the nodes
// from outside and what streams were told, of process Onlooker (Sample, Telling). Calls pairs the two events of
// each operation, which is what most checkers want.
//
// # Numbers
//
// Each operation gets a number that no other operation of the run has. A write
// leaves its number behind as the value of the item. Whoever reads an item
// knows therefore which write it sees, and a write that was refused, but is
// seen, gives itself away.
//
// # EDN
//
// WriteEDN writes a history as Jepsen does, for Knossos and Elle:
//
//	{:index 7, :time 1203000, :type :invoke, :process 3, :f :cas, :value ["registers/r1" [4 9]], :node "a"}
//	{:index 8, :time 1204000, :type :info, :process :nemesis, :f :kill, :value ["b" "leader"]}
//
// Items are independent registers, so a value is a pair of the item and what
// jepsen.independent/tuple holds. An insert is a :cas from :absent, a removal a
// :write of :absent, and a write whose condition is a revision a :cas from what
// the item held at that revision; where no answer has told that, it is a :write,
// which asks for less. The model is (cas-register :absent). A :local-read may be
// old, and is to be left out. Transactions that append to lists, and reads of these,
// are a :txn of Elle's list-append. Operations that are none of a register keep their
// own names, and so do those on items that can end by themselves, or that other
// transactions change. A fault is an :info of the process :nemesis.
//
// # Example
//
//	recorder := history.NewRecorder(file)
//	request := recorder.Invoke(process, history.Request{Function: history.Insert, Item: "set/s1"})
//	kind, answer := client.Do(ctx, request)
//	recorder.Complete(process, request, kind, answer)
//
// # Limits
//
// A run is kept in memory: about 500 bytes an event. The file has one JSON
// object a line; an event's time is in nanoseconds since the start of the run.
//
// # Concurrency
//
// A Recorder may be used by any number of goroutines. An Event and a Call are
// plain values.
package history
