package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/gstate/tree"
)

// instance is one instance of the service: a member's process and a client that
// speaks to that member alone.
type instance struct {
	// id is that of the member.
	id string
	// base is the URL of the member.
	base string
	// nodes calls this member and no other, so that what the instance is told
	// is what this member knows.
	nodes *client
	// log is the file with all that the process has printed.
	log string
	// arguments are those of the process.
	arguments []string
	// process is the present or last one, nil before the first. The goroutine
	// that plays the scenes alone sets it.
	process *process
}

// cast makes the instances, whose processes are not started yet: a, b and c.
// Their folders and logs lie in dir. Each has the same list of members, with
// ports that were free a moment ago.
func cast(dir string) ([]*instance, error) {
	addresses, err := freeAddresses(2 * stageSize)
	if err != nil {
		return nil, err
	}
	instances := make([]*instance, stageSize)
	peers := make([]string, stageSize)
	for n := range instances {
		id := string(rune('a' + n))
		peers[n] = id + "=" + addresses[n]
		nodes, err := newClient([]string{addresses[stageSize+n]}, callTimeout)
		if err != nil {
			return nil, err
		}
		instances[n] = &instance{id: id, base: nodes.bases[0], nodes: nodes, log: filepath.Join(dir, id+".log")}
	}
	for n, i := range instances {
		i.arguments = []string{
			"run", "--until-input-ends", "--id", i.id, "--data", filepath.Join(dir, i.id),
			"--http", addresses[stageSize+n], "--peers", strings.Join(peers, ","),
			"--heartbeat", stageTimeout.String(), "--election", stageTimeout.String(),
		}
	}
	return instances, nil
}

// start starts the process of the instance, which must not be running.
func (i *instance) start() (err error) {
	i.process, err = startProcess(i.log, i.arguments...)
	if err != nil {
		return fmt.Errorf("start of member %s: %w", i.id, err)
	}
	return nil
}

// waitReady waits until the member knows a leader and has caught up, at the
// longest for startTimeout. The error is errEnded when its process ends before.
func (i *instance) waitReady(ctx context.Context) error {
	late := fmt.Errorf("not ready after %v", startTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, late)
	defer cancel()
	if err := i.process.waitReady(ctx); err != nil {
		return fmt.Errorf("member %s: %w", i.id, err)
	}
	return nil
}

// write makes one write through this instance, with the method of the contract
// that stands for it, and returns its revision. value is JSON, or empty. It
// waits for callTimeout at the longest; the errors are those of client.call.
func (i *instance) write(ctx context.Context, method string, path tree.Path, value string) (uint64, error) {
	target, err := statePath(path)
	if err != nil {
		return 0, err
	}
	body, err := i.nodes.call(ctx, request{method: method, path: target, body: []byte(value), write: true})
	if err != nil {
		return 0, err
	}
	answer, err := parseAnswer(body)
	return answer.Revision, err
}

// read evaluates a shape query in this instance's own tree, and decodes the
// result into into, which keeps its value when there is nothing.
func (i *instance) read(ctx context.Context, shape string, into any) (uint64, error) {
	return i.query(ctx, request{body: []byte(`{"query":` + shape + `}`)}, into)
}

// query sends a query and decodes its result into into. It returns the revision
// of the tree that was read.
func (i *instance) query(ctx context.Context, r request, into any) (uint64, error) {
	r.method, r.path = http.MethodPost, "/v1/query"
	body, err := i.nodes.call(ctx, r)
	if err != nil {
		return 0, err
	}
	answer, err := parseAnswer(body)
	if err != nil || !answer.found() {
		return answer.Revision, err
	}
	if err := json.Unmarshal(answer.Result, into); err != nil {
		return 0, fmt.Errorf("result of %s is not understood: %w", r.body, err)
	}
	return answer.Revision, nil
}

// status returns what the member says of itself.
func (i *instance) status(ctx context.Context) (nodeStatus, error) {
	var s nodeStatus
	_, err := i.nodes.fetch(ctx, "/v1/status", &s)
	return s, err
}

// confirm waits until this member has the revision and, when that is 0, every
// write that was acknowledged before. It returns the revision that the member
// then has.
func (i *instance) confirm(ctx context.Context, revision uint64) (uint64, error) {
	query := url.Values{"read": {readLinearizable}}
	if revision > 0 {
		query = url.Values{"revision": {strconv.FormatUint(revision, 10)}}
	}
	// Any query would do; this one has a small answer.
	var leaves map[string]any
	return i.query(ctx, request{query: query, body: []byte(`{"query":1}`)}, &leaves)
}

// show returns what this instance reads at a path once it has the revision.
func (i *instance) show(ctx context.Context, path tree.Path, revision uint64) (json.RawMessage, error) {
	target, err := statePath(path)
	if err != nil {
		return nil, err
	}
	query := url.Values{"revision": {strconv.FormatUint(revision, 10)}}
	body, err := i.nodes.call(ctx, request{method: http.MethodGet, path: target, query: query})
	if err != nil {
		return nil, fmt.Errorf("read of %s: %w", path, err)
	}
	answer, err := parseAnswer(body)
	return answer.Value, err
}
