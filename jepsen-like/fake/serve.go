package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	defer c.announceLocked(c.mu.tree.revision)
	c.expireLocked()
	c.rememberLocked()
	c.mu.nodes[id].served++
	path, isState := strings.CutPrefix(request.URL.Path, "/v1/state/")
	linearizable := request.URL.Query().Get("read") == "linearizable"
	switch {
	case linearizable && !c.ledLocked():
		return refuse("no_leader", 0)
	case request.URL.Path == "/v1/status":
		return http.StatusOK, c.statusLocked(id), nil
	case request.URL.Path == "/v1/query":
		return c.queryLocked(request)
	case !isState:
		return refuse("not_found", 0)
	case request.Method == http.MethodGet:
		return read(c.seenLocked(id, request.URL.Query()), path)
	}
	w, err := parseWrite(request, path)
	if err == nil {
		err = w.parseLife(request.URL.Query(), id, c.bug)
	}
	if err != nil {
		return http.StatusBadRequest, map[string]any{"code": "invalid", "detail": err.Error()}, nil
	}
	return c.writeLocked(w, id)
}

// announceLocked tells the watches if the tree has changed since a revision.
func (c *Cluster) announceLocked(since uint64) {
	if c.mu.tree.revision > since {
		close(c.mu.news)
		c.mu.news = make(chan struct{})
	}
}

// queryLocked answers a query in one of the forms that watches know.
func (c *Cluster) queryLocked(request *http.Request) (int, any, error) {
	var body struct {
		Query json.RawMessage `json:"query"`
		Path  string          `json:"path"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		return 0, nil, err
	}
	v := newView(url.Values{"query": {string(body.Query)}, "path": {body.Path}})
	v.follow(c.mu.tree.log)
	return http.StatusOK, map[string]any{"revision": c.mu.tree.revision, "result": v.value(), "exists": v.exists()}, nil
}

// seenLocked returns the tree that a read with these parameters shows on a node.
func (c *Cluster) seenLocked(id string, query url.Values) tree {
	linearizable, waits := query.Get("read") == "linearizable", query.Has("revision")
	switch {
	case linearizable && c.bug == StaleRead,
		!linearizable && c.bug == BackwardRead,
		waits && c.bug == IgnoredRevision:
		return c.mu.old
	case !linearizable && !waits && c.bug == StuckNode && id == c.ids[0] && c.mu.tree.revision >= stuckAt:
		return c.mu.stuck
	}
	return c.mu.tree
}

// rememberLocked keeps a state from the past for the bugs that need one.
func (c *Cluster) rememberLocked() {
	if c.bug == StuckNode && c.mu.tree.revision < stuckAt {
		c.mu.stuck = c.mu.tree.clone()
	}
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
	if c.bug == DivergedForAWhile && id == c.ids[0] && c.mu.tree.revision < divergedUntil {
		status["digest"] = "another for a while"
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

// parseLife reads how long the item is to live, and the lock of the write.
func (w *write) parseLife(query url.Values, node string, bug Bug) error {
	ttl, err := duration(query.Get("ttl"))
	if err != nil {
		return err
	}
	silence, err := duration(query.Get("ephemeral"))
	if err != nil {
		return err
	}
	w.life = lend(ttl, silence, node, slashed(query.Get("while")), bug)
	if held, token, found := strings.Cut(query.Get("if-held"), ":"); found {
		w.held = slashed(held)
		w.token, err = strconv.ParseUint(token, 10, 64)
	}
	return err
}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// slashed returns a path of a parameter as items are named here.
func slashed(path string) string { return strings.ReplaceAll(path, ".", "/") }

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
