package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// problem is the refusal of a node: it has understood the call, and says why it
// did not do it.
type problem struct {
	// Code is the stable name of the reason, a key of outcomes; one that is
	// missing there comes from a later release.
	Code string `json:"code"`
	// Detail is the reason for people.
	Detail string `json:"detail"`
	// Title is what stands in for an empty Detail.
	Title string `json:"title,omitempty"`
	// Path is the text of the path that the refusal is about, if any.
	Path string `json:"path,omitempty"`
	// Revision is that of the tree that refused, or of the change that a
	// condition found; zero if it came not that far.
	Revision uint64 `json:"revision,omitempty"`
}

// Error returns the reason.
func (p *problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// outcome returns what the refusal means; an unknown code means no more than
// that there was an error.
func (p *problem) outcome() outcome {
	known, ok := outcomes[p.Code]
	switch {
	case !ok:
		return outcome{code: exitError}
	case known.code == exitNotFound:
		return notFound(p.Path)
	}
	return known
}

// refusalJSON is the refusal of a node as --json prints it: one line of JSON.
// It says no when the executed command was not asked for JSON, and when err is
// none of a node alone.
func refusalJSON(executed *cobra.Command, err error) (text string, ok bool) {
	refusal, ok := err.(*problem)
	flag := executed.Flag(jsonFlag)
	if !ok || flag == nil || flag.Value.String() != "true" {
		return "", false
	}
	data, err := json.Marshal(refusal)
	return string(data), err == nil
}

// isDecision says that err is the answer to what was asked, which another node
// would give too: a refusal that is not about the state of the node itself.
func isDecision(err error) bool {
	refusal, ok := errors.AsType[*problem](err)
	if !ok {
		return false
	}
	code := refusal.outcome().code
	return code != exitUnavailable && code != exitError
}

// readProblem makes the error of an answer that is not a success. A failure
// that does not have the form of a node's answer, such as that of a proxy
// between, says nothing about whether a write went through. Refusals by others
// (a status below 500) do: they have kept the request from the node.
func readProblem(base string, r request, response *http.Response, body []byte) error {
	var p problem
	if json.Unmarshal(body, &p) == nil && p.Code != "" {
		return &p
	}
	err := fmt.Errorf("answered %s, which is not the answer of a gstate node", response.Status)
	if response.StatusCode >= http.StatusInternalServerError {
		return &lostError{base: base, write: r.write, err: err}
	}
	return fmt.Errorf("%s %w", base, err)
}

// dialError is a call that certainly did not arrive: there was no connection to
// send it on.
type dialError struct {
	// base is the URL of the node that was to be called.
	base string
	// err is why, as net/http says it.
	err error
}

// Error returns the address and the reason.
func (e *dialError) Error() string { return e.base + ": " + causeOf(e.err).Error() }

// Unwrap returns the reason.
func (e *dialError) Unwrap() error { return e.err }

// lostError is a call that may have arrived, but whose answer did not come
// back.
type lostError struct {
	// base is the URL of the node that was called.
	base string
	// write says that the call was a write, whose outcome is unknown now.
	write bool
	// err is what broke the call off.
	err error
}

// Error returns the address and the reason, and says what that means for a
// write.
func (e *lostError) Error() string {
	text := e.base + ": " + causeOf(e.err).Error()
	if e.write {
		return "outcome unknown, the answer was lost: " + text
	}
	return text
}

// Unwrap returns what broke the call off.
func (e *lostError) Unwrap() error { return e.err }

// causeOf takes off what net/http puts around an error, which repeats the URL.
func causeOf(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// unreachableError is a call that no address took.
type unreachableError struct {
	// attempts are the errors of the addresses, in the order they were tried.
	attempts []error
}

// Error returns the texts of all attempts on one line.
func (e *unreachableError) Error() string {
	texts := make([]string, len(e.attempts))
	for i, err := range e.attempts {
		texts[i] = err.Error()
	}
	return "no node could be reached: " + strings.Join(texts, "; ")
}

// Unwrap returns the errors of all attempts.
func (e *unreachableError) Unwrap() []error { return e.attempts }

// orOnly returns the one attempt where there was only one, else what a node has
// said where one has said something, since no leader is not the same as no
// node, else e.
func (e *unreachableError) orOnly() error {
	for _, err := range e.attempts {
		if _, said := errors.AsType[*problem](err); said || len(e.attempts) == 1 {
			return err
		}
	}
	return e
}
