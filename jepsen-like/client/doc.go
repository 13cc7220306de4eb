// Package client speaks to the nodes over HTTP, as any user of the cluster
// could, and says of each answer what it proves.
//
// # Guarantees
//
//   - No write is sent twice.
//
//     Held by TestAWriteIsSentOnlyOnce, TestARedirectedWriteIsNotSentAgain.
//
//   - A Fail is only returned for what was certainly not done, as below.
//
//     Held by TestEveryAnswerHasAKind,
//     TestAConnectionThatBreaksLeavesAWriteUnknown,
//     TestAConnectionThatIsResetLeavesAWriteUnknown,
//     TestAnAnswerThatDoesNotComeLeavesAWriteUnknown.
//
//   - A stream of a node that says nothing any more ends.
//
//     Held by TestAStreamThatFallsSilentEnds.
//
// # Answers
//
//	answer                                          kind
//	200, 201 with a revision                        OK
//	404 of a read                                   OK, not found
//	not_found, exists, conflict                     Fail, decided
//	invalid, too_large, no_leader, busy, closed,    Fail
//	timeout
//	the connection could not be opened              Fail
//	anything else, of a write                       Info
//	anything else, of a read                        Fail
//
// "Anything else" is a broken connection, an answer that does not come in
// time, one that makes no sense, which has the code history.Unexpected then, and the
// codes outcome_unknown and internal.
//
// # Example
//
//	nodes := client.New(map[string]string{"a": "http://127.0.0.1:8001"}, client.Transport())
//	kind, answer := nodes.Do(ctx, request)
//
//	stream, err := nodes.Watch(ctx, "a", url.Values{"query": {`"$value"`}, "changes": {"true"}}, 0)
//	event, err := stream.Next()
//
// # Limits
//
// Do waits for callTimeout at most, Status for statusTimeout. The other calls
// wait until their context ends. A Stream ends when nothing has come for
// streamSilence.
//
// # Pitfalls
//
// An http.Transport repeats a request by itself in two cases: when a GET met a
// dead connection, and when nothing of a request had been written. Neither
// can write twice. A transport that does more must not be used here.
//
// # Concurrency
//
// A Client may be used by any number of goroutines. A Stream belongs to one, but
// for Close.
package client
