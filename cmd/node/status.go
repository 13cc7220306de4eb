package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/spf13/cobra"
)

// newStatusCommand returns the command that asks all nodes.
func newStatusCommand() *cobra.Command {
	var flags calling
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the members of a cluster",
		Long: `status asks every address of --addr and prints what each node says of itself.
Two nodes with equal revisions have equal digests. Ends with status 6 if an
address did not answer, and with status 1 if nodes contradict each other: in
the name of the cluster, in its members, in the leader of a term, or in the
digest of a revision.`,
		Example: `  node status --addr http://127.0.0.1:8001,http://127.0.0.1:8002,http://127.0.0.1:8003
  node status --json`,
		Args:              arguments(),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		nodes, err := flags.client(cmd)
		if err != nil {
			return err
		}
		defer nodes.close()
		reports := nodes.askAll(cmd.Context())
		if contradictions(reports) != nil {
			// A node that was asked in the midst of an election may name the
			// former leader with the new term; it does not do so twice.
			reports = nodes.askAll(cmd.Context())
		}
		if err := printReports(cmd.OutOrStdout(), reports, flags.json); err != nil {
			return err
		}
		return assess(reports)
	}
	return cmd
}

// nodeStatus is what a node says of itself.
type nodeStatus struct {
	// ID is the node's id, Cluster the name of its cluster.
	ID      string `json:"id"`
	Cluster string `json:"cluster"`
	// Role is leader, follower, candidate or stopped.
	Role string `json:"role"`
	// Leader is the id of the member that this node takes for the leader, empty
	// when it knows none.
	Leader string `json:"leader"`
	// Term is Raft's.
	Term uint64 `json:"term"`
	// Ready says that the node has caught up and may take traffic.
	Ready bool `json:"ready"`
	// Revision, Digest and Items are those of the node's own tree.
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
	Items    int    `json:"items"`
	// Error is why the node has stopped by itself, else empty.
	Error string `json:"error"`
}

// memberInfo is one member as a node knows it.
type memberInfo struct {
	// ID is the member's id.
	ID string `json:"id"`
	// Address is where other members reach it; it is no URL.
	Address string `json:"address"`
	// Voter says that it takes part in elections and majorities.
	Voter bool `json:"voter"`
	// Leader says that the node takes it for the leader, Self that it is the
	// node.
	Leader bool `json:"leader"`
	Self   bool `json:"self"`
}

// report is what one address answered.
type report struct {
	// URL is the address that was asked.
	URL string `json:"url"`
	// Status is the node's own status as it came, nil when there was no answer.
	Status json.RawMessage `json:"status,omitempty"`
	// Members are those that the node knows.
	Members []memberInfo `json:"members,omitempty"`
	// Error is why there was no answer, empty when there was one.
	Error string `json:"error,omitempty"`

	// status is Status, decoded; zero when there was no answer.
	status nodeStatus
	// err is what Error is the text of.
	err error
}

// only returns a client of one of the nodes, which shares its connections with
// this one and needs no closing.
func (c *client) only(base string) *client {
	return &client{bases: []string{base}, timeout: c.timeout, http: c.http}
}

// askAll asks every address at once, and returns the reports in the order of
// the addresses. It waits for the slowest, as long as a call may take.
func (c *client) askAll(ctx context.Context) []report {
	reports := make([]report, len(c.bases))
	var asking sync.WaitGroup
	for i, base := range c.bases {
		asking.Go(func() { reports[i] = c.only(base).report(ctx, base) })
	}
	asking.Wait()
	return reports
}

// report asks the one node of c. It always returns a report: that a node does
// not answer is what this is for.
func (c *client) report(ctx context.Context, base string) report {
	r := report{URL: base}
	var known struct {
		Members []memberInfo `json:"members"`
	}
	r.Status, r.err = c.fetch(ctx, "/v1/status", &r.status)
	if r.err == nil {
		_, r.err = c.fetch(ctx, "/v1/members", &known)
		r.Members = known.Members
	}
	if r.err != nil {
		r.Status, r.Error = nil, oneLine(r.err)
	}
	return r
}

// fetch reads what stands at a URL path into into, and returns it as it came.
func (c *client) fetch(ctx context.Context, path string, into any) (json.RawMessage, error) {
	body, err := c.call(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return nil, fmt.Errorf("answer to %s is not understood: %w", path, err)
	}
	return body, nil
}
