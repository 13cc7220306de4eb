package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"example.com/gstate/fsm"
	"example.com/gstate/transport"
)

// The kinds of requests between members. A number is never given a second
// meaning.
const (
	kindForward   transport.Kind = 1 // commands for the leader: this file
	kindReadIndex transport.Kind = 2 // how far a linearizable read must wait: readindex.go
	kindTerm      transport.Kind = 3 // a member's present term: readindex.go
	kindCommitted transport.Kind = 4 // a committed entry that nothing follows: commitnotice.go
)

// A forwarded batch is fsm.AppendList of its commands. The answer is
//
//	status   1 byte: forwardOK, forwardRefused or forwardUnknown
//	OK       index and term of the entry as uvarints, then fsm.AppendAnswers
//	else     the text of the error
const (
	forwardOK byte = 0
	// forwardRefused: certainly not proposed, as by a node that does not lead.
	forwardRefused byte = 1
	// forwardUnknown: proposed, and then the leadership was lost.
	forwardUnknown byte = 2
)

// route brings commands to the leader, this node or another, and returns their
// answers. It waits until ctx ends. An error for which certain is true says
// that this attempt has put none of them into the log.
func (n *Node) route(ctx context.Context, leader string, commands [][]byte) (proposed, error) {
	if leader == n.cfg.ID {
		return n.proposer.propose(ctx, commands)
	}
	ctx, cancel := n.leadership.whileLeads(ctx, leader)
	defer cancel()
	response, err := n.transport.Call(ctx, leader, kindForward, fsm.AppendList(nil, commands))
	if err != nil {
		if call, ok := errors.AsType[*transport.CallError](err); ok && !call.Sent {
			return proposed{}, certainError{err}
		}
		return proposed{}, err
	}
	result, err := decodeForwarded(response)
	if err == nil {
		n.notices.learn(notice{leader: leader, index: result.index, term: result.term})
	}
	return result, err
}

// serveForward proposes another instance's commands, if this node leads.
func (n *Node) serveForward(ctx context.Context, _ string, body []byte) ([]byte, error) {
	commands, err := fsm.DecodeList(body)
	if err != nil {
		return nil, err
	}
	result, err := n.proposer.propose(ctx, commands)
	return encodeForwarded(result, err), nil
}

func encodeForwarded(result proposed, err error) []byte {
	if err != nil {
		status := forwardUnknown
		if certain(err) {
			status = forwardRefused
		}
		return append([]byte{status}, err.Error()...)
	}
	body := binary.AppendUvarint([]byte{forwardOK}, result.index)
	body = binary.AppendUvarint(body, result.term)
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
	default:
		return proposed{}, fmt.Errorf("the leader cannot tell: %s", rest)
	}
	index, rest, err := consumeUvarint(rest)
	if err != nil {
		return proposed{}, err
	}
	term, rest, err := consumeUvarint(rest)
	if err != nil {
		return proposed{}, err
	}
	answers, err := fsm.DecodeAnswers(rest)
	return proposed{index: index, term: term, answers: answers}, err
}

// consumeUvarint reads a uvarint from the front of data.
func consumeUvarint(data []byte) (value uint64, rest []byte, err error) {
	value, size := binary.Uvarint(data)
	if size <= 0 {
		return 0, nil, fmt.Errorf("%w: a member's message ends too early", ErrCorrupt)
	}
	return value, data[size:], nil
}
