// Package cycles finds what is wrong in a history of transactions that append
// to lists and read them, as Elle does.
//
// # Guarantees
//
//   - What a strictly serializable store can produce is never reported.
//
//     Held by FuzzSerialHistoriesAreAccepted, TestWhatLooksWrongAndIsNot.
//
//   - Each anomaly that is reported is shown: with the transactions that make
//     it, and for a cycle with the reason of each of its edges. No serial order
//     of these transactions exists that gives what they have read, or none that
//     also keeps the order of real time, if the name ends so.
//
//     Held by TestAnomaliesAreNamed, TestCycleIsTheShortestAndSaysWhy.
//
//   - The same history gives the same report, in the same order.
//
//     Held by TestSameHistoryGivesTheSameReport.
//
// # Concepts
//
// A [Transaction] is a list of micro-operations: it appends an element to the
// list at a key, or reads the whole list. No element is appended to one key
// twice. So a list that was read tells its own past: which transactions wrote
// it, and in which order. The longest list read of a key is its order, and all
// others must be a prefix of it. From that follow the dependencies, after Adya:
//
//	ww  its append follows directly upon that of the other one
//	wr  it has read a list that ends with the append of the other one
//	rw  it has read a list that does not have the append of the other one yet
//
// and from when a transaction began and ended, and who made it,
//
//	process   it was made by the same process, afterwards
//	realtime  it began after the other one had ended
//
// A serial order goes along all of these. Where they form a cycle there is
// none. Cycles are found with Tarjan's algorithm, and the shortest is reported:
//
//	G0        of ww alone: writes of two transactions are interleaved
//	G1c       of ww and wr: information flows in a circle
//	G-single  with one rw: read skew, lost update
//	G2-item   with several: write skew
//
// A name with -process or -realtime is that of a cycle that needs such an edge:
// a serial order exists, but contradicts what a client has lived to see. A read
// that is stale, and nothing else, is G-single-realtime.
//
// These need no cycle:
//
//	G1a                 a list has an element of a transaction that failed
//	G1b                 a list ends amidst the appends of another transaction
//	incompatible-order  two lists of one key, none of which is a prefix
//	duplicate           an element is in a list twice
//	lost-append         an append was acknowledged, and a transaction that began
//	                    afterwards, like all others, has not read it
//	phantom             a list has an element that nobody has appended
//	internal            a transaction does not see what it has read or done
//	malformed           the history appends an element to a key twice: this is
//	                    a mistake of who made it, and nothing else is checked
//
// # Unknown outcomes
//
// A transaction of outcome [Unknown] may have been made or not. Once somebody
// has read one of its elements it was, at any time after its call; before that
// it proves nothing. What it has read itself does not count.
//
// # Example
//
//	found := cycles.Check([]cycles.Transaction{
//		{Call: 1, Return: 2, Ops: []cycles.Op{cycles.Append("x", 1)}},
//		{Call: 3, Return: 4, Ops: []cycles.Op{cycles.Read("x")}},
//	})
//	fmt.Println(found[0]) // lost-append: ...
//
// # Limits
//
// A correct history of n transactions, c of them at a time, takes about n*c
// steps. A broken one takes longer, up to the square: to find the shortest of
// its cycles. Of transactions that are entangled only one cycle is reported,
// the most telling one. A key with a broken list gives no edges. Predicates are
// not checked: there is no G2 but that of items.
//
// # Pitfalls
//
// Call and Return must be instants of one clock that all clients share, such as
// a counter. Where two are equal, they count as concurrent. A list read without
// its own transaction's former appends is internal: the reads of a transaction
// must be recorded as it has seen them.
//
// # Concurrency
//
// Check is pure, and may be called at any time.
package cycles
