package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.com/gstate/fsm"
)

// WriteID names one write among all that any instance ever made. It holds as
// long as the session of its instance does.
type WriteID struct {
	// Session is the replicated session of the instance, and Sequence the
	// number of the write in it.
	Session, Sequence uint64
}

// String returns the id as text, such as "2048-17".
func (id WriteID) String() string { return fmt.Sprintf("%d-%d", id.Session, id.Sequence) }

// ParseWriteID is the inverse of String. The error matches ErrInvalid.
func ParseWriteID(text string) (WriteID, error) {
	session, sequence, _ := strings.Cut(text, "-")
	var id WriteID
	var problems [2]error
	id.Session, problems[0] = strconv.ParseUint(session, 10, 64)
	id.Sequence, problems[1] = strconv.ParseUint(sequence, 10, 64)
	if errors.Join(problems[:]...) != nil || id.String() != text {
		return WriteID{}, fmt.Errorf("%w: %.40q is no id of a write, such as 2048-17", ErrInvalid, text)
	}
	return id, nil
}

// resolving returns the command that resolves the write.
func (id WriteID) resolving() []byte {
	return fsm.AppendCommand(nil, fsm.KindResolve, fsm.Header{Session: id.Session, Sequence: id.Sequence}, nil)
}

// UnknownOutcome is the error of a write that may or may not be applied. It
// matches ErrOutcomeUnknown and its cause.
type UnknownOutcome struct {
	ID  WriteID
	Err error
}

// Error says which write it is, and why its outcome is not known.
func (e *UnknownOutcome) Error() string {
	return fmt.Sprintf("%v (id %v): %v", ErrOutcomeUnknown, e.ID, e.Err)
}

// Unwrap returns ErrOutcomeUnknown and the cause.
func (e *UnknownOutcome) Unwrap() []error { return []error{ErrOutcomeUnknown, e.Err} }

// Outcome finds out what has become of a write that ended with an
// *UnknownOutcome. It may be asked on any instance, also when the one that made
// the write is gone. From then on the outcome is certain: a write that has not
// been applied never will be.
//
// It returns what the write would have: its result, or the error with which it
// was refused, which matches a sentinel but does not say where. ErrGivenUp says
// that it was not applied. ErrOutcomeUnknown is left when the cluster knows of
// the write no more, because its session was evicted or has gone on without it;
// or when ctx ends, until which Outcome waits, and then it may be asked again.
func (n *Node) Outcome(ctx context.Context, id WriteID) (Result, error) {
	answer, err := n.outcome(ctx, id)
	if err == nil {
		err = answer.Code.Err()
	}
	switch {
	case err == nil:
		return Result{Revision: answer.Revision, Else: answer.Else, values: answer.Results}, nil
	case errors.Is(err, fsm.ErrAnswered), errors.Is(err, fsm.ErrUnknownSession), ctx.Err() != nil, errors.Is(err, ErrClosed):
		err = &UnknownOutcome{ID: id, Err: err}
	}
	return Result{}, &Error{Operation: "write", Revision: answer.Revision, Err: err}
}

func (n *Node) outcome(ctx context.Context, id WriteID) (fsm.Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(n.life.ctx, func() { cancel(ErrClosed) })()
	w := n.outbox.recall(id)
	if w == nil {
		return n.resolveWrite(ctx, id)
	}
	select {
	case <-w.done:
		return w.answer, w.err
	case <-ctx.Done():
		return fsm.Answer{}, context.Cause(ctx)
	}
}

// resolveWrite asks the state machine. It may be asked again and again.
func (n *Node) resolveWrite(ctx context.Context, id WriteID) (fsm.Answer, error) {
	for attempt := 0; ; attempt++ {
		leader, err := n.awaitLeader(ctx)
		if err != nil {
			return fsm.Answer{}, err
		}
		result, err := n.route(ctx, leader, [][]byte{id.resolving()})
		if err == nil && len(result.answers) == 1 {
			return result.answers[0], n.awaitApplied(ctx, result)
		}
		if ctx.Err() != nil {
			return fsm.Answer{}, context.Cause(ctx)
		}
		n.pause(ctx, attempt)
	}
}
