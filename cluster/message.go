package cluster

import (
	"encoding/binary"
	"fmt"

	"example.com/gstate/fsm"
	"example.com/gstate/transport"
)

// The kinds of requests between members, each with its body and its answer. A
// number is never given a second meaning, and a body never another form: that
// would be another kind. Numbers are uvarints in their shortest form.
//
//	kind           request                   answer
//	kindForward    fsm.AppendList of         a status, then: of forwardOK the entry's index
//	               commands                  and term and fsm.AppendAnswers; else a text
//	kindReadIndex  nothing                   an index
//	kindTerm       nothing                   a term
//	kindCommitted  the index and the term    nothing
//	               of an entry
const (
	kindForward   transport.Kind = 1 // commands for the leader: forward.go
	kindReadIndex transport.Kind = 2 // how far a linearizable read must wait: readindex.go
	kindTerm      transport.Kind = 3 // a member's present term: readindex.go
	kindCommitted transport.Kind = 4 // a committed entry that nothing follows: commitnotice.go
)

// The statuses of an answer to kindForward.
const (
	forwardOK byte = 0
	// forwardRefused: certainly not proposed, as by a node that does not lead.
	forwardRefused byte = 1
	// forwardUnknown: proposed, and then the leadership was lost.
	forwardUnknown byte = 2
)

func encodeForwarded(result proposed, err error) []byte {
	if err != nil {
		status := forwardUnknown
		if certain(err) {
			status = forwardRefused
		}
		return append([]byte{status}, err.Error()...)
	}
	body := append([]byte{forwardOK}, encodeNumbers(result.index, result.term)...)
	return fsm.AppendAnswers(body, result.answers)
}

func decodeForwarded(body []byte) (proposed, error) {
	if len(body) == 0 {
		return proposed{}, fmt.Errorf("%w: the leader's answer is empty", ErrCorrupt)
	}
	status, rest := body[0], body[1:]
	switch status {
	case forwardOK:
	case forwardRefused:
		return proposed{}, certainError{fmt.Errorf("the leader refused: %s", rest)}
	case forwardUnknown:
		return proposed{}, fmt.Errorf("the leader cannot tell: %s", rest)
	default:
		return proposed{}, fmt.Errorf("%w: the leader's answer has status %d", ErrCorrupt, status)
	}
	var result proposed
	rest, err := consumeNumbers(rest, &result.index, &result.term)
	if err != nil {
		return proposed{}, err
	}
	result.answers, err = fsm.DecodeAnswers(rest)
	return result, err
}

// encodeNumbers returns the numbers one after the other.
func encodeNumbers(numbers ...uint64) []byte {
	var body []byte
	for _, number := range numbers {
		body = binary.AppendUvarint(body, number)
	}
	return body
}

// decodeNumbers is the inverse of encodeNumbers. Nothing may follow.
func decodeNumbers(body []byte, numbers ...*uint64) error {
	rest, err := consumeNumbers(body, numbers...)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: a member's message has %d bytes too many", ErrCorrupt, len(rest))
	}
	return err
}

// consumeNumbers reads numbers from the front of a body and returns what
// follows.
func consumeNumbers(body []byte, numbers ...*uint64) (rest []byte, err error) {
	for _, number := range numbers {
		value, size := binary.Uvarint(body)
		if size <= 0 || size > 1 && body[size-1] == 0 {
			return nil, fmt.Errorf("%w: a member's message has no number where one must be", ErrCorrupt)
		}
		*number, body = value, body[size:]
	}
	return body, nil
}
