package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"example.com/gstate/jepsen-like/history"
)

// Status is what a node says of itself; the fields that a run uses.
type Status struct {
	ID string `json:"id"`
	// Role is "leader" for the leader.
	Role string `json:"role"`
	// Term is that of the leader's election.
	Term  uint64 `json:"term"`
	Ready bool   `json:"ready"`
	// Revision and Digest are those of the node's tree.
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
	// CommitIndex is the last entry of the log that the node knows as committed,
	// AppliedIndex the last one that its tree has.
	CommitIndex  uint64 `json:"commit_index"`
	AppliedIndex uint64 `json:"applied_index"`
	// SnapshotIndex is the last entry that a snapshot covers. 0: there is none.
	SnapshotIndex uint64 `json:"snapshot_index"`
}

// Status asks a node for its status. It waits statusTimeout at most.
func (c *Client) Status(ctx context.Context, node string) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	var status Status
	err := c.get(ctx, node, "/v1/status", nil, &status)
	return status, err
}

// Leader asks the given nodes who leads, and returns the id of the one that
// says so of itself in the newest term. It is empty when none does.
func (c *Client) Leader(ctx context.Context, nodes []string) string {
	var leader Status
	for _, node := range nodes {
		status, err := c.Status(ctx, node)
		if err == nil && status.Role == "leader" && status.Term >= leader.Term {
			leader = status
		}
	}
	return leader.ID
}

// Newest returns the revision of a linearizable read on a node. It waits until
// the node can serve it, or ctx ends.
func (c *Client) Newest(ctx context.Context, node string) (uint64, error) {
	return c.revision(ctx, node, url.Values{"read": {"linearizable"}})
}

// Reach waits until the node's tree has at least the given revision, or ctx
// ends, and returns the revision that it has.
func (c *Client) Reach(ctx context.Context, node string, revision uint64) (uint64, error) {
	return c.revision(ctx, node, url.Values{"revision": {strconv.FormatUint(revision, 10)}})
}

// revision reads no more than the names of the root's leaves: the answer's
// revision is what is wanted.
func (c *Client) revision(ctx context.Context, node string, query url.Values) (uint64, error) {
	status, body, err := c.send(ctx, http.MethodPost, node, "/v1/query", query, []byte(`{"query":1}`))
	if err != nil {
		return 0, err
	}
	var answer success
	err = decode(status, body, &answer)
	return answer.Revision, err
}

// Dump returns all that a node holds, once it has at least the given revision.
func (c *Client) Dump(ctx context.Context, node string, revision uint64) (history.Dump, error) {
	var root success
	query := url.Values{"revision": {strconv.FormatUint(revision, 10)}}
	if err := c.get(ctx, node, itemPath(""), query, &root); err != nil {
		return history.Dump{}, err
	}
	items, err := itemsOf(root.Value)
	if err != nil {
		return history.Dump{}, err
	}
	status, err := c.Status(ctx, node)
	if err != nil {
		return history.Dump{}, err
	}
	if status.Revision != root.Revision {
		return history.Dump{}, fmt.Errorf("%w: node %s went from revision %d to %d while it was read", ErrUnexpected, node, root.Revision, status.Revision)
	}
	return history.Dump{Node: node, Revision: root.Revision, Digest: status.Digest, Items: items, Root: root.Value}, nil
}

// itemsOf returns the numbers of all items that show one: they stand one level
// beneath the collections, and those beneath the root.
func itemsOf(root json.RawMessage) (map[string]int64, error) {
	var collections map[string]map[string]json.RawMessage
	if err := json.Unmarshal(root, &collections); err != nil {
		return nil, fmt.Errorf("%w: the root is not made of collections: %w", ErrUnexpected, err)
	}
	items := map[string]int64{}
	for collection, members := range collections {
		for key, value := range members {
			if number, err := numberOf(value); err == nil {
				items[collection+"/"+key] = number
			}
		}
	}
	return items, nil
}

// numberOf returns the number that a write has left behind: the value itself,
// or that of its one field.
func numberOf(value json.RawMessage) (int64, error) {
	var number int64
	if json.Unmarshal(value, &number) == nil {
		return number, nil
	}
	var fields map[string]int64
	if err := json.Unmarshal(value, &fields); err != nil || len(fields) != 1 {
		return 0, fmt.Errorf("%w: an item holds %s, want a number or one field with a number", ErrUnexpected, value)
	}
	for _, field := range fields {
		number = field
	}
	return number, nil
}
