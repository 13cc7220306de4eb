// Command node runs members of a gstate cluster, shows what a cluster does, and
// works with its tree from the shell.
//
// # Guarantees
//
// The exit status says what became of a call, and keeps its meaning:
//
//	0  done
//	1  another error; the text says which
//	2  the command line, or a value in it, is wrong and would be at any time
//	3  nothing stands at the path
//	4  something stands there already
//	5  the item was changed since the revision that the caller named, or another condition does not hold
//	6  no node could serve the call now; nothing was written, and the same call may succeed later
//	7  a write was sent and its answer was lost: it may have been applied, or may be yet
//	8  the operation is not for the kind of what stands at the path
//	9  the write whose outcome was asked for was not applied, and never will be
//
// Held by TestExitStatusTellsRefusalsApart, TestExitStatusesKeepTheirNumbers.
//
// lock ends with the status of the command that it has run, 128+n if signal n
// has ended that, and otherwise with
//
//	124  others had the lock for as long as --wait allows
//	125  the lock was lost before the command had ended
//	126  the command cannot be run
//	127  there is no such command
//
// or with one of the above when it did not come to run the command. While the
// command runs nobody else has the lock, as long as this process is not paused:
// when the lease cannot be refreshed the command is sent SIGTERM at four fifths
// of a ttl after the last refresh was sent, and SIGKILL before the ttl is over.
// No place in line outlives this process for longer than a ttl.
//
// A write is sent once. With several addresses the next one is tried only when
// there was no connection to send it on; reads and watches go on with the next
// address until a node has decided, and a read also when one is silent.
// --timeout bounds the call as a whole, and a node that was asked may take all
// that is left of it. Results go to standard output and an error, on one line
// with the next step in it, to standard error; with --json, the refusal of a
// node is one JSON object there, with its code, detail, path and revision.
//
// Held by TestWriteIsSentOnce, TestReadsGoOnWithTheNextAddress,
// TestCallsHaveTheWholeTimeoutHoweverManyAddressesThereAre,
// TestRefusalOfANodeIsJSONWhenAskedFor.
//
// watch --every prints each change once, in order, also when it goes on with the
// next address; where a node does not remember so far back, the line says that
// changes may have been missed.
//
// Held by TestWatchOfEveryChangeNeitherLosesNorRepeatsOne,
// TestWatchSurvivesStreamsThatBreak, TestWatchGoesOnFromARevision,
// TestWatchPrintsTheStep.
//
// watch draws in place on a terminal that can do so (TERM is neither empty nor
// dumb), unless --plain, --json, --every, --since or --changes is given; everywhere
// else each result is one line. What is drawn stays within the terminal, text from the tree cannot steer
// it, and it is left with its cursor and the last result.
//
// Held by TestWatchOnATerminalIsDrawnInPlace, TestWatchPrintsResults,
// TestWatchOnATerminalPrintsLinesWhereItIsToldTo, FuzzLiveView,
// TestTextFromElsewhereDoesNotSteerTheTerminal.
//
// status ends with 1 when nodes contradict each other, which those of one
// cluster never do.
//
// Held by TestStatusWarnsOfNodesThatContradictEachOther.
//
// The demo ends with status 0 only if all it claims has held: it reads
// everything back from every member and compares it with what the writers were
// told. It leaves no process behind, not even when it is killed.
//
// Held by TestScenesCatchAClusterThatBreaksAPromise,
// TestAuditFindsWhatMustNotBe, TestInterruptedDemoLeavesNothingBehind,
// TestKilledDemoLeavesNoProcessBehind.
//
// # Commands
//
// The program calls itself by the name of its file: it is node for 'go run',
// and gstate after 'go build -o gstate ./cmd/node'.
//
//	node demo     three members on this machine, a stale update, and a leader that is killed
//	node run      one member with its HTTP server, until SIGTERM, SIGINT or SIGHUP
//	node status   what each given member says of itself
//	node get      the value at a path            node set      merge a value into a path
//	node query    the part that has a shape      node insert   store where nothing stands
//	node watch    a result, and each new one     node update   merge into what exists
//	                                             node replace  make what exists equal
//	                                             node remove   remove what exists
//	node transaction   several writes under conditions, all or none
//	node outcome       what has become of a write whose answer was lost
//	node lock          run a command while holding a lock
//
// Those of the right side that take a value also say how long the item lives: for
// a time (--ttl), with another item (--while), or with the node that takes the
// write (--ephemeral).
//
// Paths are in the text form of package tree: users.anna.age, and
// users."anna@example.com" where a key has special characters, such as a dot.
// Values are JSON; bytes are {"_": "$bytes", "base64": "..."}, and a link to an
// item is {"_": "$ref", "path": "users.anna"}, through which query and watch read
// with a shape. Queries are text as tree.ParseQueryText reads it, such as
// users[age >= 18] {name}, or JSON, if they are 1 or begin like {"key": 1}. The
// addresses of members are URLs, in --addr or GSTATE_ADDR.
//
// # Example
//
// Three members on one machine, each in a terminal of its own (with b and c in
// the place of a, and their ports):
//
//	node run --id a --data ./a --http 127.0.0.1:8001 \
//	  --peers a=127.0.0.1:7001,b=127.0.0.1:7002,c=127.0.0.1:7003
//
// In a fourth one:
//
//	export GSTATE_ADDR=http://127.0.0.1:8001,http://127.0.0.1:8002,http://127.0.0.1:8003
//	node status
//	node insert users.anna '{"name": "Anna", "age": 41}'
//	node update users.anna '{"age": 42}' --if-unmodified 1
//	node watch users
//	node query 'users[age >= 18 order -age limit 10] {name}'
//	node watch users --every --changes --since 1
//	node lock locks.report -- sh -c 'node set report 1 --if-held "$GSTATE_LOCK_PATH:$GSTATE_LOCK_TOKEN"'
//
// # Settings of a member
//
// Each flag of 'node run' is also an environment variable (--snapshot-age is
// GSTATE_SNAPSHOT_AGE) and a key of the JSON object in the file of --config. A
// flag goes before the environment, the environment before the file:
//
//	{
//	  "peers": {"a": "127.0.0.1:7001", "b": "127.0.0.1:7002",
//	            "c": "127.0.0.1:7003"},
//	  "data": "./data",
//	  "http": "127.0.0.1:8003",
//	  "snapshot-age": "30m"
//	}
//
// With this file, GSTATE_ID=c node run --config cluster.json is the third
// member of the example.
//
// # Limits
//
// The HTTP server has no access control: it listens on loopback unless told
// otherwise, and belongs behind a proxy that checks who calls. An empty key has
// no form in a URL; get and the writes refuse it, a query of the path above
// shows it. A value on standard input has at most 8 MiB, of which a node takes
// its own limit.
//
// # Concurrency
//
// Goroutines belong to whoever started them: the ones of a member end with it,
// the writers of the demo with their scene, and each child process of the demo
// has one that waits for it. Only the goroutine that plays the scenes prints.
// On a terminal watch has one that waits for results. lock has one that
// refreshes its lease until it is given back, and one that waits for the
// command.
//
// # Pitfalls
//
// A shell takes quotes away: write 'users."anna@example.com"', since without
// them the dot in the address parts two keys. Status 7 is no failure: read the
// item before writing again. A watch without --every skips results that were
// replaced before they could be printed. Two members must not share a data folder, and a folder
// that was lost must not be replaced by an empty one under the same --id: the
// member would forget what it has voted for. A command that takes the lock again
// that it runs under waits for itself. A lock does not stop a command
// that is paused together with lock, or that has left its process group: what it
// writes goes under --if-held, and what lies outside of the tree checks the
// token.
package main
