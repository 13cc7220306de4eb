package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"example.com/gstate/cluster"
)

// errNotReady is the reason of a node that knows a leader and has yet to catch
// up with it.
var errNotReady = errors.New("not ready")

// status is cluster.Status as JSON.
type status struct {
	ID            string       `json:"id"`
	Cluster       string       `json:"cluster"`
	Role          cluster.Role `json:"role"`
	Leader        string       `json:"leader"`
	Term          uint64       `json:"term"`
	Ready         bool         `json:"ready"`
	Revision      uint64       `json:"revision"`
	Digest        string       `json:"digest"`
	Items         int          `json:"items"`
	CommitIndex   uint64       `json:"commit_index"`
	AppliedIndex  uint64       `json:"applied_index"`
	SnapshotIndex uint64       `json:"snapshot_index"`
	// Error says why the node has stopped by itself, and is empty otherwise.
	Error string `json:"error"`
}

// members is the answer to /v1/members.
type members struct {
	Members []member `json:"members"`
}

// member is cluster.Member as JSON.
type member struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Voter   bool   `json:"voter"`
	Leader  bool   `json:"leader"`
	Self    bool   `json:"self"`
}

// health is the answer of a node that runs, and of one that is ready.
type health struct {
	Status string `json:"status"`
}

// status answers with what the node knows of itself, also when it has stopped.
func (h *handler) status(_ context.Context, c *call) error {
	s := h.node.Status()
	body := status{
		ID:            s.ID,
		Cluster:       s.Cluster,
		Role:          s.Role,
		Leader:        s.Leader,
		Term:          s.Term,
		Ready:         s.Ready,
		Revision:      s.Revision,
		Digest:        s.Digest.String(),
		Items:         s.Items,
		CommitIndex:   s.CommitIndex,
		AppliedIndex:  s.AppliedIndex,
		SnapshotIndex: s.SnapshotIndex,
	}
	if s.Err != nil {
		body.Error = s.Err.Error()
	}
	return answer(c.w, http.StatusOK, body)
}

// members answers with the members of the cluster as the node knows them.
func (h *handler) members(_ context.Context, c *call) error {
	body := members{Members: []member{}}
	for _, m := range h.node.Members() {
		body.Members = append(body.Members, member(m))
	}
	return answer(c.w, http.StatusOK, body)
}

// health is for whoever restarts what has stopped.
func (h *handler) health(_ context.Context, c *call) error {
	if err := h.ended(); err != nil {
		return err
	}
	return answer(c.w, http.StatusOK, health{Status: "ok"})
}

// ready is for whoever sends traffic to those that can take it.
func (h *handler) ready(_ context.Context, c *call) error {
	if err := unready(h.node.Status()); err != nil {
		return err
	}
	return answer(c.w, http.StatusOK, health{Status: "ready"})
}

// unready returns why the node should not get traffic, or nil.
func unready(s cluster.Status) error {
	switch {
	case s.Role == cluster.RoleStopped:
		return closed(s.Err)
	case s.Ready:
		return nil
	case s.Leader == "":
		return fmt.Errorf("%w is known to %s", cluster.ErrNoLeader, s.ID)
	}
	return fmt.Errorf("%w: %s has yet to catch up with leader %s: it knows of index %d as committed, and has applied %d",
		errNotReady, s.ID, s.Leader, s.CommitIndex, s.AppliedIndex)
}

// ended returns why the node has ended, or nil while it runs. Unlike its
// status, this costs nothing.
func (h *handler) ended() error {
	select {
	case <-h.node.Done():
		return closed(h.node.Err())
	default:
		return nil
	}
}

// closed returns the error of a node that has ended; the reason is nil when it
// was closed.
func closed(reason error) error {
	if reason == nil {
		return cluster.ErrClosed
	}
	return fmt.Errorf("%w: it has stopped by itself: %v", cluster.ErrClosed, reason)
}
