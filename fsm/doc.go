// Package fsm is the replicated state machine of gstate: it turns the entries
// of a Raft log into the state tree and into answers.
//
// # Guarantees
//
//   - Determinism. The same entries give the same trees, answers and sessions
//     on every replica: however they are batched, whether they are applied or
//     come as a snapshot with the entries after it. There is no clock, no
//     chance, no map order, no name of a node in it.
//
//     Held by TestReplayGivesTheSameOutcome,
//     TestEvictionDoesNotDependOnTheOrderOfAMap,
//     cluster.TestReplicatedPackagesDependOnNothingOutside.
//
//   - Exactly once. However often a command of a session reaches the log, it is
//     applied once, and each of its attempts gets the first answer, as long as
//     the session awaits it.
//
//     Held by TestMachineAnswersAsTheModel, TestScriptsGiveTheirOutputs.
//
//   - All or nothing. A command makes all of its operations or, when a
//     condition does not hold or an operation is refused, none. Conditions are
//     decided when the command is applied, on the tree as it is there: a stale
//     write is refused in the same way everywhere, and changes nothing.
//
//     Held by TestMachineAnswersAsTheModel, TestScriptsGiveTheirOutputs.
//
//   - Dense revisions. Each command that changes the tree has the next
//     revision. A command that changes nothing has none.
//
//     Held by TestRevisionsAreDense, TestMachineAnswersAsTheModel.
//
//   - Bounded work. What follows from one command or tick (leases that end, items
//     that are kept by what has gone, operations for when an item leaves) is
//     done in the same revision up to a bound, and then by the next ticks. Only
//     the items that an operation itself removes, and which keep others or have
//     operations for leaving, are all looked at when it is made.
//
//     Held by TestTickRemovesNoMoreThanItsShare,
//     TestCascadeEndsNoMoreThanItsShare, TestWritesBesideKeepersCostNoMore.
//
//   - No guessing. A replica that meets an entry it cannot read, because a
//     later release wrote it or a disk has damaged it, stops: it keeps the tree
//     as the entries before have left it, applies nothing any more and gives no
//     snapshot. [State].Err says why. A panic in this package is caught and
//     stops it, too, with the tree as it was before the batch.
//
//     Held by TestScriptsGiveTheirOutputs,
//     TestPanicStopsTheMachineBeforeItsBatch.
//
// # Concepts
//
// An entry is what one Raft log slot carries: a batch of commands, each with an
// answer of its own. They are applied in order; an entry is no transaction.
//
// A [Command] is one write as data: conditions and operations, under a [Header]
// that says which session it belongs to and which number it has there.
//
// A session is the replicated identity of one running instance. The instance
// numbers its commands from 1 and may have many of them on their way, in any
// order; Header.Floor says which answers it no longer needs. A session is opened
// by a command, never closed, ended when it was silent for [SessionTTL] on the
// replicated clock, and evicted when [MaxSessions] are open and it was silent for
// longest. Its commands are then refused with
// [ErrUnknownSession], and were either applied or not: the instance that has
// just lost its session cannot tell. Whoever knows the number of a command may
// resolve it, also when its instance is gone: it gets the answer, or the
// command is given up for good.
//
// How long an item lives may be bounded: by a lease on the replicated clock
// ([OpExpire]), by other items that it lives with ([OpKeepWhile]), and by the
// session of the instance that wrote it ([OpEphemeral]). What goes so is removed
// by an ordinary change, of which [Change] tells the reason. Operations
// may be made when an item leaves, for whatever reason ([OpOnLeave]).
//
// With each batch the machine tells its changes ([State].Changes): of each revision
// the writes, the reasons, and the items that no operation has removed. It keeps
// none of them.
//
// A [Transaction] is what a command decides and does: conditions, the
// operations to make if all of them hold, and perhaps those to make if not.
// Operations from [OpAdd] on compute what they write from what stands there. A
// [Draft] makes a transaction on a tree: the machine's for good, an instance's
// own to try it.
//
// An [Answer] is the outcome of a command as codes and numbers, small enough to
// be kept and sent, with what its operations gave. [Answer.Explain] makes it an
// [Error] that names the operation and the path.
//
// A [Machine] is the state machine of one replica, and [State] one moment of
// it. Old trees may be kept and read for as long as wanted.
//
// Making a command:
//
//	body, err := fsm.EncodeBody(fsm.Transaction{Operations: operations})
//	header := fsm.Header{Session: session, Sequence: 7, Floor: 5}
//	command := fsm.AppendCommand(nil, fsm.KindApply, header, body)
//	entry := fsm.EncodeEntry([][]byte{command})
//
// The entry goes through raft.Apply; the response of the future is an
// [Applied]. The package example is a whole program.
//
// # Formats
//
// The bytes are described where they are written: an entry in entry.go, a
// command in command_codec.go, an answer in answer.go, a snapshot with its
// sessions in snapshot.go, the tree of lives in life.go. Numbers are uvarints in
// their shortest form. Each format has golden files in testdata/golden, which
// are never edited.
//
//	format     version   what changed
//	entry      1         the first
//	command    1         the first, of all kinds
//	snapshot   1         the first, without the tree, which has its own version
//
// A replica reads all versions up to its own and stops at a later one, so
// nothing may be written in a version before every replica can read it. What
// lets two releases decide the same bytes differently is a new version of the
// command, also when the bytes look the same: a new operation or condition,
// another limit, another rule of the tree.
//
// # Limits
//
// A command has at most [MaxCommandBytes] and [MaxOperations] operations, and
// as many conditions. There are at most [MaxSessions] sessions with [MaxWindow]
// numbers each between the floor and the last one: a machine whose sessions all
// leave a whole window unanswered holds 5 GiB of answers and what they carry,
// so instances keep far fewer on their way. A lease has at most [MaxLease], an
// item at most [MaxLeave] operations for when it leaves, of [MaxLeaveBytes]. A
// tick ends 1,024 leases, and what follows from one command or tick is 1,024
// removals and operations; the rest goes on with the next ticks. Keys, paths
// and values have the limits of package tree.
//
// # Concurrency
//
// Apply, ApplyBatch, Snapshot and Restore belong to one goroutine, which is
// Raft's. State may be called from anywhere and never waits. The snapshot that
// Snapshot returns is written by another goroutine while entries are applied:
// it holds an immutable tree, and sessions that are copied before they change.
// The package starts no goroutine. Functions that encode and decode may be
// called from anywhere.
//
// # Pitfalls
//
//   - The error of a response stands in [Applied].Err, not in the future's
//     error: Raft has done its part when the entry was applied.
//   - [ErrAnswered] and [ErrUnknownSession] say that this attempt did nothing.
//     An earlier one may have.
//   - A command that cannot be decoded is refused and takes no number of its
//     session. One of an unknown kind or version stops every replica: whoever
//     proposes commands that others have encoded asks [CheckKind] first.
//   - "set" writes blindly. A write that must not bring back what another
//     instance has removed is an "update", or has a condition.
//   - CondEquals and CondResult cannot tell an item from one that was removed
//     and made again with the same value. CondUnmodified can.
//   - CondResult is evaluated on every replica, which takes time for all that
//     its query looks at, up to [MaxQueryWork] items, and holds up whatever is
//     applied after it.
//   - An operation looks at all items at and beneath what it removes that keep
//     others or have operations for when they leave.
//   - Items that are kept, and operations for when an item leaves, are refused
//     nowhere: where they meet a limit or an item of another kind, they are not
//     made, and nobody is told.
//   - Restore refuses a snapshot that is older than the state ([ErrOlder]):
//     what readers have seen never goes back. So raft.Restore must not be
//     called.
package fsm
