package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/model"
)

// refusals maps the codes of the contract to the status of their answers.
var refusals = map[string]int{
	"not_found": http.StatusNotFound,
	"exists":    http.StatusConflict,
	"conflict":  http.StatusPreconditionFailed,
	"no_leader": http.StatusServiceUnavailable,
	"busy":      http.StatusTooManyRequests,
	"internal":  http.StatusInternalServerError,
}

// invalid returns the answer to a request that is not understood.
func invalid(err error) (int, any, error) {
	return http.StatusBadRequest, map[string]any{"code": "invalid", "detail": err.Error()}, nil
}

// refuse returns the answer that refuses a request at a revision.
func refuse(code string, revision uint64) (int, any, error) {
	return refusals[code], map[string]any{"code": code, "revision": revision, "detail": code}, nil
}

// serve answers a request that has arrived at a node.
func (c *Cluster) serve(request *http.Request, id string) (int, any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expireLocked()
	c.rememberLocked()
	c.mu.nodes[id].served++
	item, isState := strings.CutPrefix(request.URL.Path, "/v1/state/")
	linearizable := request.URL.Query().Get("read") == "linearizable"
	switch {
	case linearizable && !c.ledLocked():
		return refuse("no_leader", 0)
	case request.URL.Path == "/v1/status":
		return http.StatusOK, c.statusLocked(id), nil
	case request.URL.Path == "/v1/query":
		return c.queryLocked(request)
	case request.URL.Path == "/v1/outcome":
		return c.outcomeLocked(request)
	case isState && request.Method == http.MethodGet:
		return c.readLocked(c.seenLocked(id, request.URL.Query()), item, linearizable)
	case !isState && request.URL.Path != "/v1/transaction":
		return refuse("not_found", 0)
	}
	w, err := parseWrite(request, item)
	if err != nil {
		return invalid(err)
	}
	return c.writeLocked(w, id)
}

// queryLocked answers a query in one of the forms that watches know.
func (c *Cluster) queryLocked(request *http.Request) (int, any, error) {
	var body struct {
		Query json.RawMessage `json:"query"`
		Path  string          `json:"path"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		return invalid(err)
	}
	v := newView(url.Values{"query": {string(body.Query)}, "path": {body.Path}})
	v.tree = c.mu.tree
	return http.StatusOK, map[string]any{"revision": c.mu.tree.Revision, "result": v.value(), "exists": v.exists()}, nil
}

// seenLocked returns the tree that a read with these parameters shows on a node.
func (c *Cluster) seenLocked(id string, query url.Values) *model.Tree {
	linearizable, waits := query.Get("read") == "linearizable", query.Has("revision")
	switch {
	case linearizable && c.bug == StaleRead,
		!linearizable && c.bug == BackwardRead,
		waits && c.bug == IgnoredRevision:
		return c.mu.old
	case !linearizable && !waits && c.bug == StuckNode && id == c.ids[0] && c.mu.tree.Revision >= stuckAt:
		return c.mu.stuck
	}
	return c.mu.tree
}

// rememberLocked keeps a state from the past for the bugs that need one.
func (c *Cluster) rememberLocked() {
	if c.bug == StuckNode && c.mu.tree.Revision < stuckAt {
		c.mu.stuck = c.mu.tree.Clone()
	}
	if time.Since(c.mu.oldTime) > memory {
		c.mu.old, c.mu.oldTime = c.mu.tree.Clone(), time.Now()
	}
}

func (c *Cluster) statusLocked(id string) map[string]any {
	status := map[string]any{
		"id": id, "role": "follower", "term": 1, "ready": true,
		"revision": c.mu.tree.Revision, "digest": fmt.Sprintf("digest-%d", c.mu.tree.Revision),
	}
	if id == c.mu.leader && c.ledLocked() {
		status["role"] = "leader"
	}
	if c.bug == DivergedForAWhile && id == c.ids[0] && c.mu.tree.Revision < divergedUntil {
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

// readLocked returns an item of a tree with all beneath it, with the cluster's bug.
func (c *Cluster) readLocked(tree *model.Tree, item string, linearizable bool) (int, any, error) {
	v, modified := tree.Get(item)
	if old, _ := c.mu.old.Get(item); linearizable && c.bug == StaleValue && old.Is {
		v = old
	}
	if c.bug == Nonsense && tree.Revision%nowAndThen == 1 {
		return refuse("internal", 0)
	}
	if !v.Is {
		return refuse("not_found", tree.Revision)
	}
	if members, ok := v.JSON.(map[string]any); ok && c.bug == MissingMember {
		delete(members, strings.TrimPrefix(c.oldestLocked(item), item+"/"))
	}
	return http.StatusOK, map[string]any{"revision": tree.Revision, "modified": modified, "value": v.JSON}, nil
}
