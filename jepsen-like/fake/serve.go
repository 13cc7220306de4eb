package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// refusals maps the codes of the contract to the status of their answers.
var refusals = map[string]int{
	"not_found": http.StatusNotFound,
	"exists":    http.StatusConflict,
	"conflict":  http.StatusPreconditionFailed,
	"no_leader": http.StatusServiceUnavailable,
	"busy":      http.StatusTooManyRequests,
}

// refuse returns the answer that refuses a request at a revision.
func refuse(code string, revision uint64) (int, any, error) {
	return refusals[code], map[string]any{"code": code, "revision": revision, "detail": code}, nil
}

// serve answers a request that has arrived at a node.
func (c *Cluster) serve(request *http.Request, id string) (int, any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rememberLocked()
	path, isState := strings.CutPrefix(request.URL.Path, "/v1/state/")
	linearizable := request.URL.Query().Get("read") == "linearizable"
	switch {
	case linearizable && !c.ledLocked():
		return refuse("no_leader", 0)
	case request.URL.Path == "/v1/status":
		return http.StatusOK, c.statusLocked(id), nil
	case request.URL.Path == "/v1/query":
		return http.StatusOK, map[string]any{"revision": c.mu.tree.revision}, nil
	case !isState:
		return refuse("not_found", 0)
	case request.Method == http.MethodGet:
		if linearizable && c.bug == StaleRead {
			return read(c.mu.old, path)
		}
		return read(c.mu.tree, path)
	}
	w, err := parseWrite(request, path)
	if err != nil {
		return http.StatusBadRequest, map[string]any{"code": "invalid", "detail": err.Error()}, nil
	}
	return c.writeLocked(w, id)
}

// rememberLocked keeps a state from the past for the bugs that need one.
func (c *Cluster) rememberLocked() {
	if time.Since(c.mu.oldTime) > memory {
		c.mu.old, c.mu.oldTime = c.mu.tree.clone(), time.Now()
	}
}

func (c *Cluster) statusLocked(id string) map[string]any {
	status := map[string]any{
		"id": id, "role": "follower", "term": 1, "ready": true,
		"revision": c.mu.tree.revision, "digest": fmt.Sprintf("digest-%d", c.mu.tree.revision),
	}
	if id == c.mu.leader && c.ledLocked() {
		status["role"] = "leader"
	}
	if c.bug == Diverged && id == c.ids[0] {
		status["digest"] = "another"
	}
	if c.bug == NeverReady && c.mu.nodes[id].kills > 0 {
		status["ready"] = false
	}
	return status
}

// read returns an item, or all of them for the root.
func read(t tree, path string) (int, any, error) {
	if path == "" {
		return http.StatusOK, map[string]any{"revision": t.revision, "modified": t.revision, "value": t.nested()}, nil
	}
	found, ok := t.items[path]
	if !ok {
		return refuse("not_found", t.revision)
	}
	return http.StatusOK, map[string]any{"revision": t.revision, "modified": found.modified, "value": found.value()}, nil
}

func (i item) value() any {
	if i.field == "" {
		return i.number
	}
	return map[string]int64{i.field: i.number}
}

// nested returns all items as objects in one object.
func (t tree) nested() map[string]map[string]any {
	root := map[string]map[string]any{}
	for path, item := range t.items {
		collection, key, _ := strings.Cut(path, "/")
		if root[collection] == nil {
			root[collection] = map[string]any{}
		}
		root[collection][key] = item.value()
	}
	return root
}

// parseWrite reads what a request wants to change.
func parseWrite(request *http.Request, path string) (write, error) {
	w := write{method: request.Method, path: path}
	var err error
	if condition := request.Header.Get("If-Match"); condition != "" {
		if w.ifMatch, err = strconv.ParseUint(condition, 10, 64); err != nil {
			return w, err
		}
	}
	body, err := io.ReadAll(request.Body)
	if err != nil || len(body) == 0 {
		return w, err
	}
	if json.Unmarshal(body, &w.value.number) == nil {
		return w, nil
	}
	var fields map[string]int64
	err = json.Unmarshal(body, &fields)
	for field, number := range fields {
		w.value.field, w.value.number = field, number
	}
	return w, err
}
