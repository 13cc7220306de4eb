package fsm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"example.com/gstate/tree"
)

// Code is the outcome of a command. Its value is kept in snapshots and sent
// between instances: a number is never given a second meaning.
type Code uint8

// The outcomes. Every code but CodeOK says that the command changed nothing.
const (
	CodeOK Code = 0
	// CodeNotFound: an item that must be there is missing.
	CodeNotFound Code = 1
	// CodeExists: an item that must be missing is there.
	CodeExists Code = 2
	// CodeConflict: what a condition is about has changed, or is another value.
	CodeConflict Code = 3
	// CodeInvalid: the command can never be applied.
	CodeInvalid Code = 4
	// CodeTooLarge: a limit is exceeded.
	CodeTooLarge Code = 5
	// CodeUnknownSession: the session was never opened, or has been evicted.
	CodeUnknownSession Code = 6
	// CodeAnswered: the sequence is below the session's floor: the command
	// was answered before, or has been given up. This attempt did nothing.
	CodeAnswered Code = 7
	// CodeWrongKind: an operation met an item of a kind that it is not for.
	CodeWrongKind Code = 8
	// CodeGivenUp: the command was resolved before it came (KindResolve), and
	// is never applied.
	CodeGivenUp Code = 9
)

// Errors that a command's outcome can match, beside those of package tree.
var (
	// ErrConflict: a condition of the command did not hold when it was applied.
	ErrConflict = errors.New("conflict: the state has changed")
	// ErrUnknownSession: see CodeUnknownSession.
	ErrUnknownSession = errors.New("unknown session")
	// ErrAnswered: see CodeAnswered.
	ErrAnswered = errors.New("sequence already answered")
	// ErrGivenUp: see CodeGivenUp.
	ErrGivenUp = errors.New("given up: the write was not applied, and never will be")
)

// sentinels maps codes to the errors they stand for.
var sentinels = map[Code]error{
	CodeNotFound:       tree.ErrNotFound,
	CodeExists:         tree.ErrExists,
	CodeConflict:       ErrConflict,
	CodeInvalid:        tree.ErrInvalid,
	CodeTooLarge:       tree.ErrTooLarge,
	CodeUnknownSession: ErrUnknownSession,
	CodeAnswered:       ErrAnswered,
	CodeWrongKind:      ErrWrongKind,
	CodeGivenUp:        ErrGivenUp,
}

// Err returns the sentinel error of the code, nil for CodeOK.
func (c Code) Err() error {
	if c == CodeOK {
		return nil
	}
	if err, ok := sentinels[c]; ok {
		return err
	}
	return fmt.Errorf("%w: outcome %d", tree.ErrVersion, c)
}

// codeOf returns the code of a refusal. Its error, of package tree, may match
// two of them (an encoding is corrupt because it breaks a limit): the order is
// part of what replicas agree on. Whatever is no other code is invalid.
func codeOf(err error) Code {
	switch {
	case errors.Is(err, tree.ErrNotFound):
		return CodeNotFound
	case errors.Is(err, tree.ErrExists):
		return CodeExists
	case errors.Is(err, tree.ErrTooLarge):
		return CodeTooLarge
	case errors.Is(err, ErrWrongKind):
		return CodeWrongKind
	}
	return CodeInvalid
}

// Answer is the outcome of one command: small, because a session keeps it
// until its instance says that it has arrived.
type Answer struct {
	Code Code
	// Revision is the tree's revision after the command: the command's own if
	// it changed the tree.
	Revision uint64
	// At counts from 1 which condition or operation was refused: conditions
	// first, then operations of the branch that was taken. 0 says that none in
	// particular was.
	At uint32
	// Detail is the number of an opened session, or, when a condition did not
	// hold, the newest revision at its path; else 0.
	Detail uint64
	// Else says that a condition (At, unless an operation was refused) did not
	// hold, and Transaction.Else was the branch that was taken.
	Else bool
	// Results holds what the operations of that branch gave, by their places:
	// see compute. Null stands for none, also at the end, where it is left out.
	Results []tree.Value
}

// addResult notes the result of the operation at a place.
func (a *Answer) addResult(place int, result tree.Value) {
	if result.Kind() == tree.Null {
		return
	}
	for len(a.Results) < place {
		a.Results = append(a.Results, tree.NullValue())
	}
	a.Results = append(a.Results, result)
}

// An answer is encoded as its code and Else, 1 byte each, its revision, place
// and detail as uvarints, and the list of its results by tree.AppendValue.

// appendAnswer appends the encoded answer to dst.
func appendAnswer(dst []byte, a Answer) []byte {
	dst = append(dst, byte(a.Code), flagByte(a.Else))
	dst = binary.AppendUvarint(dst, a.Revision)
	dst = binary.AppendUvarint(dst, uint64(a.At))
	dst = binary.AppendUvarint(dst, a.Detail)
	dst = binary.AppendUvarint(dst, uint64(len(a.Results)))
	for _, result := range a.Results {
		dst = tree.AppendValue(dst, result)
	}
	return dst
}

// AppendAnswers appends a count and the answers to dst.
func AppendAnswers(dst []byte, answers []Answer) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(answers)))
	for _, answer := range answers {
		dst = appendAnswer(dst, answer)
	}
	return dst
}

// DecodeAnswers is the inverse of AppendAnswers. It never panics; an error
// wraps tree.ErrCorrupt.
func DecodeAnswers(data []byte) ([]Answer, error) {
	d := decoder{rest: data}
	answers := decodeList(&d, unlimited, decodeAnswer)
	if err := d.end(); err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	return answers, nil
}

func decodeAnswer(d *decoder) Answer {
	return Answer{
		Code:     Code(d.byte()),
		Else:     d.flag(),
		Revision: d.uvarint(),
		At:       d.uint32(),
		Detail:   d.uvarint(),
		Results:  decodeList(d, MaxOperations, (*decoder).value),
	}
}
