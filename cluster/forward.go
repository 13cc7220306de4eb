package cluster

import (
	"context"
	"errors"

	"example.com/gstate/fsm"
	"example.com/gstate/transport"
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
		if call, ok := errors.AsType[*transport.CallError](err); ok && !call.OutcomeUnknown() {
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
		return nil, err // which tells the caller that nothing was proposed
	}
	for _, command := range commands {
		if err := fsm.Forwardable(command); err != nil {
			return encodeForwarded(proposed{}, certainError{err}), nil
		}
	}
	result, err := n.proposer.propose(ctx, commands)
	return encodeForwarded(result, err), nil
}
