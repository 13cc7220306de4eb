// Package transport carries everything that goes between the nodes of a cluster
// over one TCP port: Raft's streams and the requests of the layer above.
//
// # Guarantees
//
//   - A connection is used only after both ends have said who they are and
//     agree: the same cluster, the node that was meant, a known member, the
//     same version of the protocol. A refusal says its reason to the other
//     node.
//
//     Held by TestPeersThatDoNotBelongTogetherRefuseEachOther,
//     TestNodesWithTheSameIDRefuseEachOther, TestPeerOfAnotherVersionIsToldSo.
//
//   - A node is addressed by its id. Where it is found is asked at every dial,
//     so nodes may move.
//
//     Held by TestEveryDialAsksWhereTheNodeIs,
//     TestNodeThatMovedSilentlyIsFoundAgain.
//
//   - A Call returns when its context ends at the latest, and its error says
//     whether the request may have left this node. A request is never sent
//     twice.
//
//     Held by TestCallErrors, TestCallThatEndsInTheQueueWasNotSent,
//     TestConnectionLossTellsWhatWasSent.
//
//   - What arrives is what was sent: every frame has a checksum, and a
//     connection that shows damage is closed.
//
//     Held by TestCallCarriesBodiesOfEverySize, TestDamagedFrameIsNotRead,
//     TestServingSideDropsAPeerThatBreaksTheRules.
//
//   - Peers cannot make this node use more memory, goroutines or connections
//     than Config allows, whatever they send.
//
//     Held by TestConnectionsBeyondTheLimitAreRefused,
//     TestServingSideStopsReadingAPeerThatIgnoresItsLimits,
//     TestAnswersThatNobodyReadsStopFurtherRequests,
//     TestServingSideDropsAPeerThatPingsWithoutReading,
//     TestAnnouncedBodyCostsNoMemoryBeforeItComes.
//
//   - After Close nothing is left: no goroutine, no handler, no connection,
//     accepted or dialled, also none of Raft's.
//
//     Held by TestCloseEndsCallsAndWaitsForHandlers,
//     TestCloseOverTCPLeavesNothing, TestRaftThatDoesNotAcceptHoldsNothing.
//
// It does not retry, does not keep order between calls, and does not make calls
// exactly-once: that needs the sessions of the layer above.
//
// # Concepts
//
// A stream is a connection after its handshake, for Raft or for requests.
// [Transport.StreamLayer] gives Raft's streams to raft.NewNetworkTransport.
// Requests go through one connection for each ordered pair of nodes: the caller
// dials it at the first [Transport.Call] and keeps it; calls share it and are
// answered in any order. A [Kind] selects the [Handler] on the called node.
//
// A window bounds the requests under way on a connection, in number and in
// bytes. The called node announces its limits in the handshake, and the
// caller's side lets further calls wait, in order and until their contexts end.
// A call keeps its place until its answer has come, even when its caller has
// given up: only then does the called node have room again. The called node,
// too, counts, and stops reading from a peer that sends more.
//
// The dialling end of a request connection sends a ping every quarter of
// Config.SilenceTimeout, and either end closes a connection on which it has
// heard nothing for that long, or on which a write did not get on. So a node
// that vanished without a word, or that was given another address, is dialled
// anew after that time.
//
// # Outcome of a call
//
// Every error of Call is a [CallError]. Sent = false is a promise that no
// handler has seen the request or will. With Sent = true, OutcomeUnknown tells
// whether the handler may have run:
//
//	errors.Is(err, ...)       Sent    unknown  meaning
//	ErrNoAddress              false   no       Config.Resolve does not know the node
//	ErrWrongCluster, ...      false   no       the node refused the connection; ErrBusy may pass
//	ErrTooLarge               false   no       the request is larger than the node reads
//	a network error           false   no       dial or handshake
//	ErrNoHandler              true    no       the node has no handler for the kind
//	*RemoteError (AsType)     true    no       the handler returned an error
//	ErrTooLarge               true    yes      the handler has run, its response is larger than this node reads
//	ErrConnLost               either  if sent  the connection ended before the answer; wraps the reason
//	context's error           either  if sent  the caller gave up: while it waited, or after
//	ErrClosed                 either  if sent  this transport was closed
//
// # Limits
//
// The limits of one node stand in [Config], the fixed ones among the constants.
// One peer can cost, for requests, Config.MaxRequestBytes of bodies and
// Config.MaxRequests goroutines on each connection that it opens. A body takes
// memory as it arrives, not as it is announced.
//
// The id that a peer says is a claim. Where the network is not trusted, use
// [TLS] with client certificates; it proves that the peer belongs to the
// cluster's authority, and not which of the members it is.
//
// # Concurrency
//
// All methods of a Transport are safe for concurrent use. Close waits for all
// goroutines:
//
//	goroutine            one for each           ends with
//	accept               transport              the listener
//	attend, serve        accepted connection    the connection; Raft's once handed over
//	attach               called node            the connection that it dials
//	write                request connection     the connection
//	answer, callSelf     request                its handler
//
// # Pitfalls
//
//   - A handler must return when its context ends: Close waits for it, and its
//     place in the window is taken until then. A handler that calls Close waits
//     for itself.
//   - Call and handlers give bodies away: they must not be changed or used
//     again afterwards.
//   - Requests that wait long, such as one for a change that may never come,
//     take a place each. Give them a deadline, so that they do not fill the
//     window.
//   - A large body delays the frames behind it on the same connection, not
//     Raft's, which has its own.
//   - Handlers can be set after Open, and before that peers get ErrNoHandler,
//     which a caller may take for "not ready".
//
// # Format
//
// All numbers are big-endian. Sums are CRC32C (Castagnoli). The dialling node
// speaks first and waits for the answer before it sends more. Greetings, that
// is the preface and the answer, have the same head and sum:
//
//	offset  bytes  field
//	0       4      "gstP"
//	4       1      version of the protocol: 1
//	5       1      preface: stream type. 1 Raft, 2 requests.  answer: 0 accepted, or the reason for the refusal
//	6       2      n, the bytes that follow, at most 4096
//	8       n-4    payload
//	8+n-4   4      sum of everything before
//
// The first eight bytes are the same in all versions. A node that reads another
// version answers with its own version and refusal 1. The payload of a preface,
// and then that of an answer:
//
//	bytes  field                                        bytes  field
//	4      largest body that the dialling node reads    4      largest body that the accepting node reads
//	1+n    cluster, with its length before it           4      requests under way at most
//	1+n    id of the dialling node                      4      bytes of their bodies at most
//	1+n    id of the node that is meant                 1+n    detail of a refusal, for people
//
// Refusals: 1 version, 2 other cluster, 3 other node, 4 unknown peer, 5 busy.
// What does not begin as a greeting is dropped without an answer.
//
// After the answer a Raft stream belongs to Raft. A stream of requests consists
// of frames:
//
//	offset  bytes  field
//	0       4      n, the bytes of the body
//	4       1      type
//	5       1      kind of the request; 0 where there is none
//	6       8      id of the request; 0 where there is none
//	14      4      sum of bytes 0 to 13 and the body
//	18      n      body
//
//	type  name      from       body
//	1     request   dialling   the handler's
//	2     response  accepting  the caller's
//	3     failure   accepting  one byte: 1 error of the handler, 2 no handler, 3 response too large; and text
//	4     cancel    dialling   none: the caller of this request has given up
//	5     ping      dialling   none
//	6     pong      accepting  none
//
// An id is not used again on the same connection. Every request is answered
// once, also a cancelled one. A frame from the wrong side, of another type, too
// large, with a wrong sum, with the id of a request that runs, or in answer to
// none ends the connection.
//
//	version  since                 change
//	1        the first release     all of the above
package transport
