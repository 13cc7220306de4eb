package transport

import (
	"errors"
	"fmt"
)

// Reasons for which two nodes refuse to talk to each other. The dialling node
// finds them with errors.Is in what Call or Dial returned; the refusing node
// logs the same ones.
var (
	// ErrWrongCluster is returned when the peer belongs to another cluster.
	ErrWrongCluster = errors.New("peer belongs to another cluster, or was started with another list of peers")

	// ErrWrongNode is returned when another node than the one meant listens at
	// the address, which is how a stale address shows.
	ErrWrongNode = errors.New("another node listens at this address")

	// ErrUnknownPeer is returned when the peer that was dialled does not count
	// the dialling node among the members.
	ErrUnknownPeer = errors.New("peer does not know this node as a member")

	// ErrVersion is returned when the peer speaks no version of the protocol
	// that this node speaks.
	ErrVersion = errors.New("peer speaks another version of the protocol")

	// ErrBusy is returned when the peer cannot take the connection now: it has
	// as many as it allows, or its Raft is not running.
	ErrBusy = errors.New("peer takes no more connections now")
)

// Reasons for which a node cannot listen, connect or call.
var (
	// ErrClosed is returned by everything that is called on, or waits for, a
	// transport that was closed.
	ErrClosed = errors.New("transport is closed")

	// ErrAddressInUse is returned by Open when something else listens at
	// Config.Listen. The error of the operating system is wrapped beside it.
	ErrAddressInUse = errors.New("address is in use")

	// ErrConfig is returned by Open when the configuration is not valid; the
	// text names every wrong field.
	ErrConfig = errors.New("transport configuration is not valid")

	// ErrNoAddress is returned when Config.Resolve knows no address of the node
	// that was called.
	ErrNoAddress = errors.New("no address is known for the node")

	// ErrNoHandler is returned when the called node has no handler for the
	// kind: no handler has seen the request.
	ErrNoHandler = errors.New("node has no handler for this kind of request")

	// ErrTooLarge is returned when a body is larger than the node that has to
	// read it allows. For a request it is found before anything is sent; for a
	// response the handler has run and only its answer is lost.
	ErrTooLarge = errors.New("body is too large")

	// ErrMalformed is returned when what a peer sends is not this protocol, is
	// damaged, or breaks its rules.
	ErrMalformed = errors.New("peer sent malformed data")

	// ErrConnLost is returned when the connection ended before the answer came.
	ErrConnLost = errors.New("connection lost")
)

// CallError is the error of every Call that did not return a response. It wraps
// the reason, so errors.Is finds the sentinels above, context.Canceled and
// context.DeadlineExceeded, and errors.AsType finds a *RemoteError.
type CallError struct {
	// To is the id of the node that was called.
	To string

	// Kind is the kind of the request.
	Kind Kind

	// Sent tells whether the request may have left this node. False is a
	// promise: no handler has seen the request and none will. True says only
	// that it may have.
	Sent bool

	// Err is the reason; never nil.
	Err error
}

// Error says who was called, whether the request was sent, and why there is no
// response.
func (e *CallError) Error() string {
	state := "not sent"
	if e.Sent {
		state = "sent"
	}
	return fmt.Sprintf("request of kind %d to node %q (%s): %v", e.Kind, e.To, state, e.Err)
}

// Unwrap returns the reason.
func (e *CallError) Unwrap() error { return e.Err }

// OutcomeUnknown reports whether the handler may have run without its result
// being known here. It is false when the request was not sent, when the node
// has no handler for it, and when the handler answered with an error.
func (e *CallError) OutcomeUnknown() bool {
	if _, answered := errors.AsType[*RemoteError](e.Err); answered {
		return false
	}
	return e.Sent && !errors.Is(e.Err, ErrNoHandler)
}

// RemoteError is the error that the handler on the called node returned. Only
// its text travels; a handler whose callers need more puts it into the body of
// its response.
type RemoteError struct {
	// Text is what the error's Error method returned there, cut to
	// MaxErrorBytes.
	Text string
}

// Error returns the text of the handler's error.
func (e *RemoteError) Error() string { return e.Text }
