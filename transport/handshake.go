package transport

import (
	"context"
	"fmt"
	"net"
	"time"
)

// longAgo is a deadline that ends whatever waits.
var longAgo = time.Unix(1, 0)

// dial connects to a node and shakes hands. It waits until ctx ends,
// Config.HandshakeTimeout at the most. Nothing but the preface has been sent
// when it fails.
func (t *Transport) dial(ctx context.Context, id string, stream streamType) (*conn, terms, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.HandshakeTimeout)
	defer cancel()
	address, ok := t.cfg.Resolve(id)
	if !ok {
		err := fmt.Errorf("%w: %q", ErrNoAddress, id)
		t.journal.note(relation{eventDial, stream, id}, err)
		return nil, terms{}, err
	}
	c, limits, err := t.dialAt(ctx, address, preface{
		stream:  stream,
		maxBody: t.cfg.MaxBodyBytes,
		cluster: t.cfg.Cluster,
		from:    t.cfg.ID,
		to:      id,
	})
	t.journal.note(relation{eventDial, stream, id}, err, "address", address)
	return c, limits, err
}

// dialAt connects to an address and says the preface there. From track on Close
// finds the connection, so a handshake never outlives the transport.
func (t *Transport) dialAt(ctx context.Context, address string, p preface) (*conn, terms, error) {
	raw, err := t.cfg.Network.Dial(ctx, address)
	if err != nil {
		return nil, terms{}, causeOr(ctx, err)
	}
	c, err := t.track(raw, p.to, p.stream)
	if err != nil {
		return nil, terms{}, err
	}
	limits, err := introduce(ctx, c, p)
	if err != nil {
		c.Close()
		return nil, terms{}, fmt.Errorf("handshake at %s: %w", address, err)
	}
	return c, limits, nil
}

// introduce says the preface on a fresh connection and waits for the answer
// until ctx ends. When ctx ends at the moment at which the answer comes, that
// is an error too: a deadline would be left on the connection otherwise.
func introduce(ctx context.Context, c net.Conn, p preface) (terms, error) {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(longAgo) })
	defer stop()
	if _, err := c.Write(p.encode()); err != nil {
		return terms{}, causeOr(ctx, err)
	}
	a, err := readAnswer(c)
	switch {
	case err != nil:
		return terms{}, causeOr(ctx, err)
	case !stop():
		return terms{}, context.Cause(ctx)
	case a.code != accepted:
		return terms{}, &refusal{code: a.code, detail: a.detail}
	case a.maxBody < 1 || a.maxRequests < 1 || a.maxRequestBytes < a.maxBody:
		return terms{}, fmt.Errorf("%w: limits that allow nothing", ErrMalformed)
	}
	return a.terms, nil
}

// causeOr returns why ctx ended if it did, and else err, which may only be its
// consequence.
func causeOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// welcome reads the preface on an accepted connection and answers it, within
// Config.HandshakeTimeout. What is not a node of gstate gets no answer.
func (t *Transport) welcome(c *conn) (preface, error) {
	c.SetDeadline(time.Now().Add(t.cfg.HandshakeTimeout))
	p, err := readPreface(c)
	if err == nil {
		err = t.examine(c, p)
	}
	t.journal.note(relation{eventAccept, p.stream, p.from}, err, "address", c.RemoteAddr().String())
	reply := answer{code: accepted, terms: t.terms()}
	if err != nil {
		r := refusalOf(err)
		if r == nil {
			return p, err
		}
		reply = answer{code: r.code, detail: r.detail}
	}
	if _, writeErr := c.Write(reply.encode()); err == nil {
		err = writeErr
	}
	c.SetDeadline(time.Time{})
	return p, err
}

// examine decides whether a peer that said a valid preface may connect, and
// counts it if so. The cluster comes first: where that differs, the rest says
// nothing. A peer with this node's own id is a mistake that no table of members
// shows, because both nodes are in it.
func (t *Transport) examine(c *conn, p preface) error {
	switch {
	case p.cluster != t.cfg.Cluster:
		return refuse(refusedCluster, "this node is in cluster %q, not %q", t.cfg.Cluster, p.cluster)
	case p.to != t.cfg.ID:
		return refuse(refusedNode, "this node is %q, not %q", t.cfg.ID, p.to)
	case p.from == t.cfg.ID:
		return refuse(refusedPeer, "two nodes have the id %q", p.from)
	case !t.cfg.Known(p.from):
		return refuse(refusedPeer, "%q is not a member here", p.from)
	case p.stream == streamRaft && t.streamLayer() == nil:
		return refuse(refusedBusy, "raft is not running here")
	}
	return t.admit(c, p.from, p.stream)
}

// terms returns the limits that this node announces.
func (t *Transport) terms() terms {
	return terms{
		maxBody:         t.cfg.MaxBodyBytes,
		maxRequests:     t.cfg.MaxRequests,
		maxRequestBytes: t.cfg.MaxRequestBytes,
	}
}
