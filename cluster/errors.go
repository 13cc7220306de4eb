package cluster

import (
	"errors"

	"example.com/gstate/fsm"
	"example.com/gstate/transport"
	"example.com/gstate/tree"
)

// Error is a refused or failed call. Its fields are Operation (what was
// refused, such as "update"), Path, Revision (of the change that a condition
// found, else of the tree that refused, 0 without one) and Err, a cause that
// matches one of the errors below: see fsm.Error. It is the same whether the
// call was decided on this instance or on another.
type Error = fsm.Error

// Errors of a write that was certainly not applied, and never will be.
var (
	// ErrNotFound: an item that must be there is missing. An update of what
	// another instance has removed ends so, whatever the caller still sees.
	ErrNotFound = tree.ErrNotFound
	// ErrExists: an item that must be missing is there.
	ErrExists = tree.ErrExists
	// ErrConflict: a condition did not hold when the write was applied.
	ErrConflict = fsm.ErrConflict
	// ErrWrongKind: an operation met an item of a kind that it is not for, or a
	// typed handle (Ref, Map) one that is not of its type.
	ErrWrongKind = fsm.ErrWrongKind
	// ErrInvalid: the input is wrong, and would be at any time.
	ErrInvalid = tree.ErrInvalid
	// ErrTooLarge: a limit is exceeded; the text names it.
	ErrTooLarge = tree.ErrTooLarge
	// ErrBusy: too many writes wait on this instance. Try again later.
	ErrBusy = errors.New("busy: too many writes are waiting")
	// ErrNoLeader: no leader is known, since a majority of the members cannot
	// be reached or has not elected one yet. Try again later.
	ErrNoLeader = errors.New("no leader")
	// ErrClosed: this node was closed, or has stopped (Node.Err says why).
	ErrClosed = errors.New("node is closed")
)

// ErrSlow is an error of Node.Watch with EndWhenSlow: changes may have been missed.
// The reader was behind by more than the node remembers, asked for changes since a
// revision before that, or a snapshot of another member was installed meanwhile.
var ErrSlow = errors.New("watch is too far behind: changes may have been missed")

// ErrOutcomeUnknown: the caller's context ended, or the node was closed, while
// the write was on its way: it may have been applied, or may be yet. No other
// error leaves that open. The cause is wrapped too, and an *UnknownOutcome is
// in the chain: with its ID, Node.Outcome finds out.
var ErrOutcomeUnknown = errors.New("outcome unknown: the write may or may not be applied")

// ErrGivenUp is an error of Node.Outcome: the write was not applied when its
// outcome was asked for, and never will be.
var ErrGivenUp = fsm.ErrGivenUp

// Errors of Open.
var (
	// ErrInUse: another process, or another node of this one, has the folder.
	ErrInUse = errors.New("data folder is in use")
	// ErrAddressInUse: another process listens on the address.
	ErrAddressInUse = transport.ErrAddressInUse
	// ErrWrongIdentity: the folder belongs to another node or cluster, or to a
	// cluster of other members.
	ErrWrongIdentity = errors.New("data folder belongs to another member")
	// ErrCorrupt: the folder's log or snapshot is damaged.
	ErrCorrupt = tree.ErrCorrupt
	// ErrVersion: the folder, or an entry, was written by a later release.
	ErrVersion = tree.ErrVersion
)
