package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// writeLocked decides and makes a write through a node, with the cluster's bug.
func (c *Cluster) writeLocked(request history.Request, id string) (int, any, error) {
	deaf := c.bug == Deaf && c.mu.nodes[id].kills > 0
	if deaf || !c.ledLocked() {
		return refuse("no_leader", 0)
	}
	d, err := c.decideLocked(request)
	if err != nil {
		return invalid(err)
	}
	if d.refusal.Code != "" {
		if c.bug == StaleRefusal {
			d.refusal.Revision = min(d.refusal.Revision, c.mu.old.Revision)
		}
		return refuse(d.refusal.Code, d.refusal.Revision)
	}
	c.mu.made++
	if request.Timeout > 0 && request.Timeout < latency {
		return c.loseTrackLocked(request, d, id)
	}
	if c.mu.made%nowAndThen == 0 {
		return c.misbehaveLocked(request, d, id)
	}
	if c.mu.made%often == 0 {
		c.spoil(request, d.effect)
	}
	c.doLocked(request, d.effect, id)
	return c.acknowledgeLocked(request, d)
}

// doLocked makes what a write through a node does.
func (c *Cluster) doLocked(request history.Request, effect model.Effect, id string) {
	if request.Function == history.Transact {
		c.makeLocked(effect, byTransaction)
		return
	}
	c.makeLocked(effect, byWrite)
	if effect[request.Item].Is {
		c.liveLocked(request, id)
	}
}

func (c *Cluster) acknowledgeLocked(request history.Request, d decided) (int, any, error) {
	status := http.StatusOK
	body := map[string]any{"revision": c.mu.tree.Revision}
	switch request.Function {
	case history.Insert:
		status = http.StatusCreated
	case history.Transact:
		body["else"], body["results"] = false, d.results
	}
	return status, body, nil
}

// loseTrackLocked lets the outcome of a write be unknown to its client. Half of
// these writes are made.
func (c *Cluster) loseTrackLocked(request history.Request, d decided, node string) (int, any, error) {
	id := fmt.Sprintf("1-%d", c.mu.made)
	outcome := outcome{status: http.StatusGone, body: map[string]any{"code": "given_up", "detail": "given up"}}
	if c.mu.made%2 == 0 {
		c.doLocked(request, d.effect, node)
		if c.bug != FalseOutcome {
			outcome.status, outcome.body, _ = c.acknowledgeLocked(request, d)
		}
	}
	c.mu.outcomes[id] = outcome
	return http.StatusGatewayTimeout, map[string]any{"code": "outcome_unknown", "detail": "no answer in time", "write": id}, nil
}

// outcome is the answer to a question for an outcome.
type outcome struct {
	status int
	body   any
}

// outcomeLocked answers what has become of a write.
func (c *Cluster) outcomeLocked(request *http.Request) (int, any, error) {
	var asked struct{ Write string }
	if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
		return invalid(err)
	}
	known, ok := c.mu.outcomes[asked.Write]
	if !ok {
		return invalid(fmt.Errorf("no write %q", asked.Write))
	}
	return known.status, known.body, nil
}

// misbehaveLocked makes a write in the way of the bug, or as it should be if
// the bug is of another kind.
func (c *Cluster) misbehaveLocked(request history.Request, d decided, id string) (int, any, error) {
	switch c.bug {
	case LostWrite:
		d.effect = model.Effect{}
	case LateLoss:
		if oldest := c.oldestLocked("set0"); oldest != "" {
			d.effect[oldest] = model.Value{}
		}
	case RefusedButMade:
		c.doLocked(request, d.effect, id)
		return refuse("busy", 0)
	}
	c.doLocked(request, d.effect, id)
	switch c.bug {
	case AppliedTwice:
		c.mu.tree.Revision++
	case SharedRevision:
		c.mu.tree.Revision--
	}
	return c.acknowledgeLocked(request, d)
}

// spoil changes the effect of a transaction in the way of the bug.
func (c *Cluster) spoil(request history.Request, effect model.Effect) {
	switch {
	case c.bug == HalfTransaction && len(request.Then) == 2:
		delete(effect, request.Then[1].Item)
	case c.bug == AddedTwice && len(request.Then) == 1 && request.Then[0].Function == history.Add:
		twice := c.mu.tree.Clone()
		twice.Make(effect, twice.Revision)
		again, _, _, err := twice.Decide(request)
		if err == nil {
			maps.Copy(effect, again)
		}
	}
}
