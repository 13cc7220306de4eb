package web

import (
	"context"
	"errors"
	"net/http"

	"example.com/gstate/cluster"
)

// problemType is the media type of an error, that of RFC 9457.
const problemType = "application/problem+json"

// problem is the body of every answer that is not a success.
type problem struct {
	// Type says that Title and Status have no meaning beyond HTTP's.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Code is what programs decide by; see outcomes.
	Code string `json:"code"`
	// Detail is the error's text, for people.
	Detail string `json:"detail"`
	// Path is the text of the path that the error is about, if any.
	Path string `json:"path,omitempty"`
	// Revision is that of the tree that refused, or of the change that a
	// condition found, if it came that far.
	Revision uint64 `json:"revision,omitempty"`
	// Write is the id of a write whose outcome is unknown: /v1/outcome takes
	// it.
	Write string `json:"write,omitempty"`
}

// outcome is how an error is told.
type outcome struct {
	err    error
	status int
	code   string
}

// outcomes maps errors; the first that matches counts. That of an unknown
// outcome is therefore first: its cause may be any of the others, but the
// client must not take the write for refused.
var outcomes = []outcome{
	{cluster.ErrOutcomeUnknown, http.StatusGatewayTimeout, "outcome_unknown"},
	{cluster.ErrGivenUp, http.StatusGone, "given_up"},
	{cluster.ErrNotFound, http.StatusNotFound, "not_found"},
	{cluster.ErrExists, http.StatusConflict, "exists"},
	{cluster.ErrWrongKind, http.StatusConflict, "wrong_kind"},
	{cluster.ErrConflict, http.StatusPreconditionFailed, "conflict"},
	{cluster.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
	{cluster.ErrInvalid, http.StatusBadRequest, "invalid"},
	{errNoResource, http.StatusNotFound, "invalid"},
	{errMethod, http.StatusMethodNotAllowed, "invalid"},
	{errCrossOrigin, http.StatusForbidden, "invalid"},
	{cluster.ErrSlow, http.StatusGone, "slow"},
	{cluster.ErrBusy, http.StatusTooManyRequests, "busy"},
	{errWatches, http.StatusTooManyRequests, "busy"},
	{cluster.ErrNoLeader, http.StatusServiceUnavailable, "no_leader"},
	{cluster.ErrClosed, http.StatusServiceUnavailable, "closed"},
	{errNotReady, http.StatusServiceUnavailable, "not_ready"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "timeout"},
	// The client or the server has ended the request before the node could
	// answer; only in the second case somebody may still read this.
	{context.Canceled, http.StatusServiceUnavailable, "closed"},
}

// outcomeOf returns how err is told. What is not in the table is a fault of
// this side.
func outcomeOf(err error) outcome {
	for _, known := range outcomes {
		if errors.Is(err, known.err) {
			return known
		}
	}
	return outcome{err: err, status: http.StatusInternalServerError, code: "internal"}
}

// retryAfter is the number of seconds after which a client that met a full
// queue may try again: the queue of a working cluster drains in less.
const retryAfter = "1"

// problemOf returns how the error is told.
func problemOf(err error) problem {
	told := outcomeOf(err)
	body := problem{
		Type:   "about:blank",
		Title:  http.StatusText(told.status),
		Status: told.status,
		Code:   told.code,
		Detail: err.Error(),
	}
	if refused, ok := errors.AsType[*cluster.Error](err); ok {
		body.Path, body.Revision = refused.Path.String(), refused.Revision
	}
	if unknown, ok := errors.AsType[*cluster.UnknownOutcome](err); ok {
		body.Write = unknown.ID.String()
	}
	return body
}

// writeProblem answers with the error.
func writeProblem(w http.ResponseWriter, err error) {
	body := problemOf(err)
	if body.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter)
	}
	// Strings and numbers always have a JSON form.
	_ = send(w, body.Status, problemType, body)
}
