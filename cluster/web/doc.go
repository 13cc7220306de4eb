// Package web serves a node of a cluster over HTTP: reads, conditional writes,
// transactions, queries and watches as JSON, and what load balancers and
// operators ask for.
// It is one http.Handler to mount in a service's own server.
//
// # Guarantees
//
//   - A request may be sent to any node, whoever leads. Writes are decided by
//     consensus, and mean what the methods of cluster.Node mean.
//
//     Held by TestAnyNodeTakesWritesAndLinearizableReads, TestItemsOfARealNode,
//     TestAStaleUpdateOverHTTPIsNotFound.
//
//   - An error says by its code whether a write was applied: with every code
//     but outcome_unknown it certainly was not, and changes nothing later.
//
//     Held by TestErrorsOfTheNodeKeepTheirMeaning,
//     TestARefusedWriteChangesNothing, FuzzRequest.
//
//   - A request that is not understood is refused. No path is cleaned, no
//     unknown parameter and no malformed condition is ignored, as each would
//     quietly make a write wider or a read weaker than was meant.
//
//     Held by TestRefusedRequests, TestParsePathRefuses,
//     TestWithoutAServeMuxNothingIsCleaned.
//
//   - Every request ends with its timeout. A watch ends with its client or
//     with the node, and a client that reads slowly holds up nobody else.
//
//     Held by TestARequestWaitsForItsTimeoutAndNoLonger,
//     TestABodyThatStallsIsGivenUp, TestAWatchEndsWithItsClient,
//     TestAWatchEndsWithTheNode, TestAReaderThatStopsIsCutOffAndHoldsUpNobody,
//     TestAThousandWatchesOfALargeResultLeaveProcessorsToTheNode.
//
//   - The deltas of a watch lead to exactly the results that it would have sent
//     without them.
//
//     Held by TestPatchesOfRandomValues, TestADeltaIsFromTheEventBefore,
//     TestAWatchWithDeltasSaysWhatHasChanged, FuzzPatch.
//
//   - A watch that goes on from a revision, on any node, says what has come since
//     and nothing again, or that changes may have been missed. With every=true it
//     leaves no change out.
//
//     Held by TestAResumedWatchSaysWhatIsNewAlone,
//     TestAResumedWatchNeverGoesBack, TestAWatchOfEveryChangeGoesOnAtAnotherNode,
//     TestAnEventSourceThatConnectsAgainMissesNothing,
//     TestANodeThatDoesNotRememberSaysSo,
//     TestAWatchThatIsTooSlowEndsWithAnError.
//
// # Items
//
// An item is a URL path: a key for each level, percent-encoded. An encoded
// slash is part of its key, and a plus is a plus.
//
//	GET    /v1/state/users/anna                what stands there, with all beneath it
//	PUT    /v1/state/users/anna                set: merges the body into it
//	PUT    /v1/state/users/anna?replace=true   replace: it must exist
//	POST   /v1/state/users/anna                insert: it must be missing
//	PATCH  /v1/state/users/anna                update: set, and it must exist
//	DELETE /v1/state/users/anna                remove: it must exist
//
// /v1/state/ is the root, which can be read and set into. An empty key cannot
// be written in a URL, so that an extra slash is an error.
//
// With ?ttl=30s a write of an item gives it a lease: it is removed when the
// time has passed on the cluster's clock, unless another lease was given
// before. Other writes leave a lease alone; it ends with its item. With
// ?while=a.b the item lives with the one at that path, which must be there, and
// with ?ephemeral=10s with the instance that serves the request: it is removed
// when that node is closed or was silent for so long. See cluster.Expire,
// KeepWhile and Ephemeral.
//
// A get answers {"revision": 7, "value": {"age": 41}, "modified": 5,
// "version": 2}: the revision of the tree that was read, the value, the newest
// revision at or beneath the item (also as ETag), and how often the item
// itself was changed. A write answers {"revision": 8}: the tree after it.
//
// With ?children=true a get has also "children": [{"key": "anna", "created":
// 3, "modified": 5, "version": 2}, ...], in the order of their keys. "created"
// is the revision that created the child, which is its token in the conditions
// below: who stands in line for a lock sees in it who came before.
//
// Bodies are JSON, whether they say so, say nothing, or say what curl says of
// all bodies; writes that a browser makes for a page of another site are
// refused. Values are JSON as tree.ParseJSON reads it: integers are exact, bytes
// are {"_": "$bytes", "base64": "..."}, and a link is {"_": "$ref", "path":
// "users.anna"}. Queries and watches with a shape read what a link leads to. All
// else that names an item takes the link itself: a get shows it, a write
// replaces it, and beneath it nothing is.
//
// # Conditions
//
// A write with If-Match: "5", or a bare 5, is applied only if neither the item
// nor anything beneath it was changed after revision 5. If-Match: * demands
// that the item exists, and If-None-Match: * that it is missing.
//
// A write with ?if-held=PATH:TOKEN, as in if-held=locks.report.K:17, is applied
// only if the item at PATH is still the one that revision TOKEN created. So a
// holder of a lock writes under it: once the lock is another's, the write is
// refused, with not_found or conflict, however late it comes.
//
// # Transactions
//
// POST /v1/transaction decides conditions on any items and makes operations on
// any items, all of them or none:
//
//	{"if":   [{"unmodified": "users.anna", "since": 7}, {"exists": "accounts"}],
//	 "then": [{"add": "accounts.anna", "value": -30}, {"add": "accounts.bert", "value": 30}],
//	 "else": [{"append": "refused", "value": "anna"}]}
//
// If all conditions hold, as they are before any operation, "then" is made, in
// order; otherwise "else" is. Without "else" a condition that does not hold is
// an error; with an empty one it is not. Lists may be left out, but not both of
// "if" and "then". The answer is {"revision": 8, "else": false, "results": [70,
// 130]}: the tree after it, whether "else" was made, and what each operation of
// that branch gave, by its place, null where it gives nothing. The conditions:
//
//	{"exists": PATH}                          an item stands there
//	{"missing": PATH}                         none does
//	{"unmodified": PATH, "since": 7}          neither it nor anything beneath was changed after revision 7
//	{"item-unmodified": PATH, "since": 7}     it itself was not: of an object, no child came or went
//	{"equals": PATH, "value": VALUE}          its whole value is this
//	{"held": PATH, "token": 7}                it is the item that revision 7 created, such as a lock
//	{"matches": QUERY, "result": VALUE}       the query gives this; also with "path": PATH, as below
//
// And the operations, with what they give:
//
//	{"set": PATH, "value": VALUE}             and insert, update, replace, as above
//	{"remove": PATH}                          and delete, which is content if nothing stands there
//	{"add": PATH, "value": NUMBER}            the sum; nothing counts as zero
//	{"min": PATH, "value": NUMBER}            and max: the number kept
//	{"append": PATH, "value": VALUE}          the index of the new element
//	{"union": PATH, "values": [VALUE, ...]}   adds the elements that the array lacks
//	{"difference": PATH, "values": [...]}     removes those that it has
//	{"create": PATH, "value": VALUE}          the key of the new child, greater than all created there before
//	{"expire": PATH, "ttl": "30s"}            gives the item a lease, after which it is removed
//	{"keep-while": PATH, "keeper": PATH}      lets the item live with another one
//	{"ephemeral": PATH, "ttl": "10s"}         lets it live with the instance that serves the request
//	{"persist": PATH}                         lets it live until it is removed
//	{"on-leave": PATH, "make": [...]}         makes operations when the item is removed, whatever removes it
//
// In these five an empty PATH stands for the item that the operation before has
// written, such as the one of a create, whose key is not known before.
//
// A PATH is a text (tree.ParsePath), as in "users.\"a.b\"", or an array of keys
// that are taken as they are: ["users", "a.b"]. An object has one condition or
// operation, and each name once. A refusal says which one it was: with path and
// operation when the state refuses it, by its place from 1 on, as in "else
// operation 2", when it is invalid; "condition result" is that of matches,
// which never holds for a query that finds nothing: there is missing. The
// conditions of a transaction are in its body: If-Match is refused.
//
// # Unknown outcomes
//
// A write that ends with outcome_unknown has an id, in the member "write" of
// its problem. POST /v1/outcome with {"write": "2048-17"}, on any node, answers
// as that write would have, in the form of a transaction's answer, or with the
// code of its refusal. A write that was not applied yet is given up by the
// question: given_up says that it never will be.
//
// # Queries
//
//	POST /v1/query                     {"query": {"users": {"_": "$key"}}, "path": "text.of.a.path"}
//	GET  /v1/watch?query=JSON&path=a.b
//
// Both take a query, a path, or both: the query is then evaluated at the path.
// It may bring its own instead, as {"_": "$at", ...}. The path of a watch is a
// text, that of a query either form of a PATH. A query answers {"revision": 7,
// "result": ..., "exists": true}. A result of null with "exists": false says
// that nothing is there.
//
// The forms of a query are those of tree.ParseQuery: GState's shapes, and in a map
// of children "where", "order", "limit", "offset", "after", "keyed", "match" and "$count":
//
//	{"users": {"_": {"name": 1}, "where": {"age": {">=": 18}}, "order": {"desc": "age"}, "limit": 10}}
//
// # Watches
//
// A watch is a stream of server-sent events, with an answer of that form as
// data and its revision as id. It starts with the present result, which has
// "synced": true; then there is one event for each change of the result. A client
// that cannot keep up misses steps between, never the last. Comments keep a silent
// stream alive.
//
// "reasons" says what has made a change: ["write"], "transaction" for a write of
// several operations, "lease", "session" and "keeper". What was removed since the
// event before by no write to it, at the path, beneath or above, stands in
// "expelled": [{"path": "users.anna", "revision": 8, "reason": "lease"}]. With
// ?changes=true "changes" says in what the result differs from that of the event
// before, by items of the tree:
//
//	[{"path": "users.anna.age", "old": 41, "new": 42}, {"path": "users.bert", "old": {}}]
//
// What was not there has no "old", what is gone has no "new". See
// tree.Result.Deltas.
//
// With ?only-changes=true, which includes changes=true, events have no "result" but
// the first, and those with "reset": a client that keeps the items itself follows a
// large part of the tree, or all of it, at the cost of what changes.
//
//	{"revision": 8, "exists": true, "reasons": ["write"], "changes": [{"path": "users.anna.age", "old": 41, "new": 42}]}
//
// With ?every=true no change is passed over: each one has an event, with its own
// revision, also when several were applied at once. A client may be behind by as
// much as the node remembers (cluster.EveryChange). When it falls further behind,
// an event with the present result and "reset": true says that changes may have
// been missed; with ?end-when-slow=true, which includes every=true, the stream
// ends instead, with an event named error whose data is a problem with the code
// slow. A watch also ends so, with the code too_large, when its query comes to
// look at too much, as through links that were written since. Any other end of a
// stream says no more than that it is to be opened again, here or at another node.
//
// Last-Event-ID, which browsers send when they connect again, lets a watch go on
// from there, and so does ?since=N for clients that cannot set it; the header goes
// before the parameter. The client must have the result of that revision, of this
// node or another. The node waits until it has the revision too: no client sees
// the state go back. What has changed since then comes as one event, or with
// every=true as each change; with "reset": true where the node does not remember
// that far. The first data are a whole result, and "synced": true is in the event
// after which all is told that was missed. When nothing is left to tell, that is
// an event without a result, named so that it is not taken for one:
//
//	event: synced
//	id: 9
//	data: {"revision": 9, "synced": true}
//
// With ?progress=10s, of at least MinProgress, such events named progress, with
// {"revision": 9} and "expelled" if there is any, tell whenever nothing has come
// for so long that nothing has changed up to there. Their ids keep a client that
// connects again within what the nodes remember.
//
// With ?delta=true an event has in the place of "result" a "patch" wherever that
// is shorter: a JSON Patch (RFC 6902) that makes the result of the event before
// on this stream the one of this event, as their JSON is. The first event has the
// result, and so has each where nothing is there, or was before, and with "reset".
// After synced as the first event the patch is for what the client has:
//
//	{"revision": 8, "patch": [{"op": "replace", "path": "/anna/age", "value": 42}], "exists": true}
//
// No operations but add, remove and replace are used. A change of one item among
// thousands costs the client some hundred bytes, not the whole.
//
// # Consistency and time
//
// Gets and queries read what the node has applied. With ?read=linearizable
// they reflect every write that was acknowledged before, through any node;
// with ?revision=N they wait until the node has revision N, for instance that
// of a write made through another node. ?timeout=2s bounds how long any
// request waits: DefaultTimeout if it is left out, MaxTimeout at most. It does
// not end a watch.
//
// # Operation
//
//	GET /v1/status    what the node knows of itself; two nodes with equal revisions have equal digests
//	GET /v1/members   the members of the cluster
//	GET /healthz      200 while the node runs
//	GET /readyz       200 when it knows a leader and has caught up: it may get traffic
//
// # Errors
//
// Errors are application/problem+json (RFC 9457) with a code to decide by, the
// error's text as detail, and path, revision and write where the error has
// them.
//
//	code              status  meaning
//	not_found         404     an item that must exist is missing
//	exists            409     an item that must be missing exists
//	wrong_kind        409     an atomic operation met an item that it is not for: add a string, append an object
//	conflict          412     the item was changed after the revision of If-Match, or another condition does not hold
//	invalid           400     the request is wrong, and would be at any time
//	                  403     a browser's write for a page of another site
//	                  404     no such resource: most likely a wrong prefix
//	                  405     the resource has no such method; Allow lists them
//	too_large         413     a limit is exceeded, and the detail names it; also the end of a watch
//	busy              429     too many writes or watches; Retry-After says when to try again
//	no_leader         503     no majority, or an election under way
//	not_ready         503     /readyz only: the node has yet to catch up
//	closed            503     the node has ended, or the request was ended with its server
//	timeout           504     not served in time; a write is certainly not applied
//	outcome_unknown   504     a write may or may not have been applied, or may be yet: ask /v1/outcome
//	slow              410     a watch with end-when-slow: changes may have been missed, begin anew without since
//	given_up          410     /v1/outcome only: the write was not applied, and never will be
//	internal          500     a fault of the node
//
// # Limits
//
// A query looks at no more than Config.MaxQueryWork items, that of a condition at
// 262,144. A body has at most MaxBodyBytes, and is refused by its length before it is
// read. At most Config.MaxWatches watches are open. Keys, depth and values
// have the limits of package tree, a write and a transaction those of package
// fsm: 4 MiB, 4096 conditions, and 4096 operations in both branches together.
// An answer is built in memory: read a large tree in parts. So is each event of a
// watch, and stays until its client has taken it; those of more than some
// kilobytes are made on half of the processors, one after the other.
//
// # Concurrency
//
// A Handler is safe for concurrent use and owns no goroutine. Each watch has
// one beside that of its request, to keep the stream alive, and waits for it.
//
// # Pitfalls
//
//   - There is no authentication: whoever reaches the handler may read and
//     write all. Wrap it in a handler that knows its callers.
//   - A browser's EventSource opens a stream that has ended again, but gives up
//     for good after an answer that is no stream, such as one of busy, no_leader or
//     timeout: whoever wants to go on then opens another one, with ?since=N. The
//     event named error arrives where the errors of the connection do: it is the
//     one that has data.
//   - An http.ServeMux redirects paths with empty or dot keys to what it takes
//     for the clean path, before the handler can refuse them. Where such
//     requests are possible, let http.StripPrefix be the server's handler.
//   - In a URL's parameters, unlike in its path, a plus is a space.
//   - http.Server.Shutdown waits for open watches: close the node first, or
//     cancel the server's BaseContext.
//   - http.Server's WriteTimeout does not end a watch, which has
//     Config.EventTimeout for each event. For other requests it counts their
//     waiting too: set it above MaxTimeout, or answers are lost.
package web
