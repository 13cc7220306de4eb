// Package cluster gives every instance of a service the same state tree,
// replicated by Raft inside the instances themselves: there is no database and
// no other server. A service embeds a [Node] and opens it with [Open].
//
// # Guarantees
//
//   - A write that was acknowledged stays, as long as a majority of the members
//     keep their disks. It was flushed to disk on a majority before.
//
//     Held by TestPromisesHoldUnderRandomFaults,
//     TestWriteIsAcknowledgedOnceAMajorityHasStoredIt,
//     TestLogIsFlushedWithEachWrite,
//     jepsen-like.TestFiveThousandWritesSurviveKillsEverySecond,
//     jepsen-like.TestAcknowledgedWritesOutlivePowerCutsOfAllNodes.
//
//   - A write happens once, however often it was retried: every instance
//     numbers its writes in a replicated session.
//
//     Held by TestAttemptsRepeatTheSameNumber,
//     TestRetriesAcrossLeaderChangesApplyOnce,
//     jepsen-like/sim.TestCountersAreExact.
//
//   - A write decided on stale knowledge is refused. It is decided where it is
//     applied, in one order for all instances: an update of what another
//     instance has removed ends with [ErrNotFound], and a condition on a
//     revision that has passed with [ErrConflict], whatever the writing
//     instance has seen so far.
//
//     Held by TestStaleUpdateIsRefused,
//     TestConditionsAreDecidedWhereTheWriteIsApplied,
//     jepsen-like/sim.TestRegistersAreLinearizable.
//
//   - A write of several operations is applied as a whole or not at all.
//
//     Held by TestWriteOfSeveralOperationsIsAllOrNothing.
//
//   - An error of a write that does not match [ErrOutcomeUnknown] says that the
//     write is certainly not applied, and never will be. With that one, the
//     outcome can be asked for: of the instance that made the write, among its
//     last few thousand, and of any other until that instance has gone on
//     without the answer. What is answered is certain from then on.
//
//     Held by TestContextThatEnds, TestPromisesHoldUnderRandomFaults,
//     TestOutcomeOfAWriteWhoseAnswerWasLost,
//     TestOutcomeIsKnownWhenTheInstanceIsGone, TestOldestDoubtIsForgottenFirst.
//
//   - A transaction ([Node.Transact]) looks as if it had happened alone, at one
//     moment between its call and its return.
//
//     Held by TestTransactionRunsAgainWhenWhatItReadHasChanged,
//     TestTransactionDoesNotJudgeByAnOldState,
//     jepsen-like/sim.TestTransactionsAreStrictlySerializable.
//
//   - An item with a lease ([Expire]) never ends before its time, whatever
//     happens to leaders, members and wall clocks; and an instance that has been
//     replaced as the leader ends none. The time counts while there is a leader
//     that gets on, by its monotonic clock.
//
//     Held by TestNoLeaseEndsEarly, TestElectionPausesLeases,
//     TestLeaseDoesNotEndWithAStandstill, TestLeaseSurvivesARestartOfAllMembers,
//     TestDeposedLeaderEndsNoLease.
//
//   - What lives with an item ([KeepWhile]) or with an instance ([Ephemeral])
//     goes with it, together with what is to be done then ([OnLeave]), and not
//     before: an instance is not taken for gone before it was silent for its
//     ttl. A watch tells why an item went.
//
//     Held by TestEphemeralItemLivesAsLongAsItsInstance,
//     TestDeadInstanceIsGoneAfterItsSilence, TestEphemeralItemOutlivesLeaders,
//     TestClosedInstanceLeavesAtOnce, TestWatchTellsWhyItemsWent,
//     fsm.TestMachineAnswersAsTheModel.
//
//   - A linearizable read ([Node.Read]) reflects, on any node, every write that
//     was acknowledged to anybody before it began.
//
//     Held by TestReadOnAnyNodeReflectsEveryAcknowledgedWrite,
//     TestDeposedLeaderServesNoLinearizableRead,
//     TestLateAnswerConfirmsADeposedLeaderByVerifyLeaderButNotByRead.
//
//   - [Node.Tree] is one consistent moment, and has all writes that returned
//     on this node.
//
//     Held by TestTransfersKeepTheSum,
//     TestWriteOnAnyNodeIsReadOnThatNodeAtOnce.
//
//   - [Node.Watch] yields a result when, and only when, it has changed.
//
//     Held by TestWatchFiresExactlyWhenTheResultChanges,
//     TestChangeThatIsTakenBackBeforeTheReaderLooksIsNone,
//     TestWatchCasesOfTheOriginal, tree.TestKeptResultsAreFreshOnes,
//     TestSlowReaderOfTheLatestIsToldTheWholeDifference.
//
//   - [Ref.Update] and [Map.Update] lose no write of others, and no field that T
//     does not know. A reader that rebuilds a map from the changes of [Map.Watch]
//     has at each event exactly the entries that are a T by then.
//
//     Held by TestUpdatesOfARefLoseNothing,
//     TestUpdateKeepsFieldsThatTheTypeDoesNotKnow,
//     TestWatchedMapFollowsTheModel.
//
//   - A watch with [EveryChange] yields each change of the result once, in
//     order, at its own revision, and one with [Since] goes on from a revision
//     on any node without a gap and without a double. Where a node does not
//     remember all changes it says so: [Event].Reset is set, or the watch ends
//     with [ErrSlow].
//
//     Held by TestEveryChangeOfABatchIsYieldedByItself,
//     TestWatchGoesOnOnAnotherNodeWithoutGapOrDouble,
//     TestWatchSinceARevisionYieldsWhatFollowed,
//     TestWatchGoesOnAfterARestart,
//     TestReaderThatFallsOutOfTheRingIsResetOnceAndGoesOn,
//     TestWatchThatMustMissNothingEndsWhenItsReaderIsSlow,
//     TestInstalledSnapshotResetsWatchesOfEveryChangeAndIsOneStepForOthers,
//     TestHistoryRemembersWhatItPromises, jepsen-like/sim.TestWatchesAgree.
//
//   - Watches cost nothing for what they do not read: those of one query share
//     its result, and one that waits keeps no old tree.
//
//     Held by TestThousandWatchesOfAQueryShareItsEvaluation,
//     TestIdleWatchKeepsNoOldTree, TestIdleWatchKeepsNoOldResult,
//     TestWatchThatEndsLeavesNothingBehind.
//
//   - Members with the same revision have the same tree: equal digests.
//
//     Held by TestPromisesHoldUnderRandomFaults,
//     jepsen-like.TestFiveThousandWritesSurviveKillsEverySecond.
//
// # Concepts
//
// The tree ([example.com/gstate/tree]) is immutable: a reader takes it with
// [Node.Tree] and reads it without locks, at memory speed, as long as it likes.
// Each write that changes something makes the next revision: 1, 2, 3 and so on.
//
// One member is the leader. Writes made on any member go there in batches, are
// packed into entries of the Raft log, and are applied by every member, the
// writing one included, before they return. The other members follow some
// fractions of a millisecond later.
//
// An [Op] is one operation of a write, [Set], [Insert], [Update], [Replace],
// [Remove] or [Delete], perhaps under conditions: [Exists], [Missing],
// [Unmodified], [Equals] and more. [Node.Apply] makes several of them as one
// write. [Add], [Append], [Create] and the like compute what they write from
// what stands there when they are applied, and so need no condition.
//
// [Expire], [KeepWhile] and [Ephemeral] bound how long an item lives: until a time
// on the cluster's clock, with another item, or with the instance that wrote it.
// [OnLeave] says what is to be written when it goes. What goes so is removed like
// anything else, and a watch tells why ([Event].Expelled).
//
// # Watches
//
// [Node.Watch] is a loop over the results of a query: the present one at once, and
// then each new one. The caller chooses how:
//
//	(nothing)       the latest result; a reader that is slow gets wider steps
//	[EveryChange]   each change by itself with its revision, and an event with Reset
//	                set when the reader is behind by more than the node remembers
//	[EndWhenSlow]   the same, but the watch ends with ErrSlow then
//	[Since]         from a revision on, on this node or another
//	[Progress]      marks that say up to which revision nothing has changed
//	[OnlyChanges]   no values, for results that are too large to be listed each time
//
// [Event.Changes] says in what the result differs, [Event].Reasons why, and
// [Event].Synced that all is told that was so when the watch began.
//
// Watches of one query share one result, which a goroutine of the node keeps up to
// date by what each write can concern, along a trie of the paths that queries read
// (tree.Matcher): a write beside a hundred thousand watches costs what it costs
// without them, and a watch that waits takes some hundred bytes. A [View] is kept
// in the same way for a value of the service's own, and so is an index
// ([Node.AddIndex]), by which [Node.Eval] finds children without looking at them all.
//
// # Decisions
//
// Where a decision depends on what was read, [Node.Decide] chooses between two
// ways when it is applied, and [Node.Transact] runs a function of the caller's
// on the local state and repeats it when others came in between:
//
//	_, err := node.Transact(ctx, func(tx *cluster.Tx) error {
//		stock, _ := tx.Get(tree.Path{"stock"})
//		if stock.Int() == 0 {
//			return errSoldOut
//		}
//		return tx.Do(cluster.Add(tree.Path{"stock"}, -1), cluster.Append(tree.Path{"sold"}, customer))
//	})
//
// # Typed handles
//
// A [Ref] is one value at a path as a Go type, and a [Map] an object whose children
// are each one, by their key. They hold nothing, and read and write through the
// node like anything else:
//
//	users := cluster.NewMap[User](node, tree.Path{"users"})
//	_, err := users.Insert(ctx, "anna", User{Name: "Anna", Age: 41})
//	_, err = users.Update(ctx, "anna", func(u User) (User, error) { u.Age++; return u, nil })
//	anna, err := users.Get("anna") // anna.Value is a User, if anna.Exists
//	for event, err := range users.Watch(ctx) { ... } // event.Changes: what was put and removed
//
// Fields that the type does not know are passed over in reading and kept by Update,
// for a newer release may have written them. What does not fit is [ErrWrongKind],
// never a zero value; a watch tells it and goes on. In a transaction, [Map.Ref] with
// GetIn, SetIn and UpdateIn take the place of Tx.Get and Tx.Do.
//
// # Cookbook
//
// The package's examples have, as a service would write them: feature flags, a
// presence list, edited configuration, a service catalogue, a job board, an
// inventory, a leaderboard, a routing table, web sessions and a change feed. They
// stand in cookbook_test.go, cookbook_work_test.go and cookbook_web_test.go.
//
// # Errors
//
// Every error of a call on a Node is an [*Error] and matches one of these:
//
//	error              the write                 what to do
//	ErrNotFound        is not applied            the item is gone: decide anew
//	ErrExists          is not applied            the item is there: decide anew
//	ErrConflict        is not applied            read again and decide anew
//	ErrWrongKind       is not applied            the item is not what the program takes it for
//	ErrInvalid         is not applied            mend the program or its input
//	ErrTooLarge        is not applied            make it smaller; the text says the limit
//	ErrBusy            is not applied            try again later
//	ErrNoLeader        is not applied            try again later: there is no majority
//	ErrClosed          is not applied            this node has ended: see Node.Err
//	the context's own  is not applied            it ended before the write was sent
//	ErrOutcomeUnknown  may or may not be applied ask Node.Outcome with the id that it carries;
//	                                             it matches the cause too
//
// # Read levels
//
//	Tree        local: never waits, may be behind other members
//	ReadAt      at least a revision: waits until this node has it
//	ReadWithin  at most so much time behind: waits only when this node has no
//	            proof of that
//	Read        linearizable, on any member: one round of messages to a majority,
//	            which all reads that wait share
//
// # Limits
//
// Keys, values and depth are limited by package tree, commands and their
// operations by package fsm ([fsm.MaxCommandBytes], [fsm.MaxOperations]). On
// one node 65,536 writes or 64 MiB of them may wait; beyond that they are
// refused with ErrBusy. A transaction reads 4,096 items and queries at most.
// All state is in memory on every member.
//
// A node remembers the last 8,192 changes, or as many as take 32 MiB of memory with
// what they have replaced and removed, for watches of every change and those that go
// on from a revision; the very last ones always. A query that goes
// through links, has a key "#", or has ** in the pattern of a map inside another such
// map may look at [tree.MaxAfreshWork] items when it is watched.
//
// # Concurrency
//
// All methods of Node may be called at any time from any goroutine. Values,
// trees and events never change. These goroutines belong to a node, and end
// with Close:
//
//	raftTransport.run   passes requests of other members to the engine
//	leadership.run      follows who leads; with one for each election won
//	proposer.run        packs waiting commands into entries
//	proposer.collect    hands out the answers of entries, in order
//	outbox.run          numbers and sends this node's writes; with one for
//	                    each batch on its way
//	readIndexes.rounds  while linearizable reads wait; with one for each voter
//	notices.run         hands commit notices to the engine
//	hub.run             keeps the results of watched queries up to date
//	keepTime            moves the replicated clock on while this node leads
//	keepSession         lets the cluster hear of this node while it has
//	                    ephemeral items
//	announcer.run       one for each other member: sends commit notices
//	snapshotter.run     takes snapshots
//	successor           one for each other member while leadership is handed over
//	stopEngine          while the node closes, with one that awaits answers
//	catchUp             until this node is up to date for the first time
//	stop                of a node that has failed by itself
//	openRaft            one that starts the engine, and may end early with a
//	                    store that fails
//
// and those of package transport and of the engine. A watch waits on its
// caller's goroutine.
//
// # Pitfalls
//
//   - A decision that depends on what was read needs a condition, or an
//     operation that carries it (Insert, Update): the local tree may be behind.
//   - [Set] merges objects, as the original GState does. To drop what the new
//     value does not have, use [Replace], or [Ref.Set].
//   - A context without a deadline waits as long as a majority is missing once
//     a write was sent; before that, [Config.LeaderWait].
//   - All watches are kept up to date on one goroutine: one whose query goes
//     through links over a large part of the tree is evaluated anew at each change
//     there, and holds up the events of the others. It never holds up a write.
//   - A watch of the latest result is silent about a change that is taken back
//     before its reader looks. Who acts on a newer state than that of the event,
//     as by a transaction, and then waits for another, takes every change or
//     begins a new watch.
//   - A watch of every change hands each to its reader, who must keep up with the
//     writes: who needs only the present state takes the latest result.
//   - No cluster can tell that the monotonic clock of its leader goes wrong: if it is
//     fast, leases are as much shorter, and a leap costs each two seconds at most.
//     A lock's holder allows for a fifth of its lease (recipe.Term), and writes with
//     its token.
//   - Peers must be the same list on all members when the cluster is formed.
//     Members with different lists refuse each other.
//   - A member whose data folder was lost must not come back under its old id
//     with an empty one: it may have acknowledged what only one other member
//     has, and would vote as if it had not. Keep it off; the others go on.
//     A folder whose log is gone is refused.
//
// # The way of a write
//
//	op.go, condition.go  what a caller wants, as data
//	write.go             it becomes one command (fsm.EncodeBody)
//	outbox.go            the command waits in this node's queue
//	delivery.go          it is numbered, and sent with others until answered
//	forward.go           the batch goes to the leader, over package transport
//	proposer.go          the leader packs batches into an entry for the engine
//	fsm/batch.go         every member applies the committed entry
//	fsm/transaction.go   conditions and operations are decided on the tree:
//	                     here a stale write is refused, on every member alike
//	progress.go          readers, watches and the waiting writer are told
package cluster
