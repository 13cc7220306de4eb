package fake

import (
	"encoding/json"
	"strings"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// decided is what the tree makes of a write.
type decided struct {
	effect  model.Effect
	refusal model.Refusal
	// results are what the operations of a transaction give.
	results []any
}

// decideLocked decides a write, with the cluster's bug.
func (c *Cluster) decideLocked(request history.Request) (decided, error) {
	var d decided
	var err error
	d.effect, d.refusal, d.results, err = c.mu.tree.Decide(c.misreadLocked(request))
	return d, err
}

// misreadLocked returns the request as a cluster with the bug takes it.
func (c *Cluster) misreadLocked(request history.Request) history.Request {
	stands := c.mu.tree.Has(request.Item)
	switch {
	case c.bug == DoubleInsert && request.Function == history.Insert,
		c.bug == StaleUpdate && request.Function == history.Update && !stands:
		request.Function, request.IfMatch = history.Put, 0
	case c.bug == IgnoredCondition && stands:
		request.IfMatch = 0
	case c.bug == IgnoredLock:
		request.Held = ""
	case c.bug == UncheckedReads:
		request.If = without(request.If, history.Unmodified)
	case c.bug == OldPhantom && c.heldBefore(request):
		request.If = without(request.If, history.Matches)
	}
	return request
}

// heldBefore reports whether the conditions held in the state from the past.
func (c *Cluster) heldBefore(request history.Request) bool {
	_, refusal, _, err := c.mu.old.Decide(request)
	return err == nil && refusal.Code == ""
}

// without returns the conditions but those of a function.
func without(conditions []history.Clause, function history.Function) []history.Clause {
	var rest []history.Clause
	for _, clause := range conditions {
		if clause.Function != function {
			rest = append(rest, clause)
		}
	}
	return rest
}

// makeLocked makes an effect at the next revision, for a reason, with the end of all
// that lives with what it removes, and tells the watches.
func (c *Cluster) makeLocked(effect model.Effect, reason string) {
	reasons := []string{reason}
	if c.endWithKeepersLocked(effect) {
		reasons = append(reasons, byKeeper)
	}
	made := change{c.mu.tree.Revision + 1, c.partsLocked(effect), reasons}
	c.mu.tree.Make(effect, made.revision)
	c.mu.log = append(c.mu.log, made)
	close(c.mu.news)
	c.mu.news = make(chan struct{})
}

// change is what a revision has changed.
type change struct {
	revision uint64
	parts    []history.Change
	reasons  []string
}

// partsLocked returns an effect as watches tell it.
func (c *Cluster) partsLocked(effect model.Effect) []history.Change {
	var parts []history.Change
	for item, now := range effect {
		was, _ := c.mu.tree.Get(item)
		parts = append(parts, history.Change{Path: strings.ReplaceAll(item, "/", "."), Old: jsonOf(was), New: jsonOf(now)})
	}
	return parts
}

// jsonOf returns the JSON of a value, nothing for none.
func jsonOf(v model.Value) json.RawMessage {
	if !v.Is {
		return nil
	}
	text, err := json.Marshal(v.JSON)
	if err != nil {
		panic("fake: a value of the tree without a JSON form: " + err.Error())
	}
	return text
}

// oldestLocked returns the item of a set that was written first, nothing if there is
// none.
func (c *Cluster) oldestLocked(set string) (oldest string) {
	v, _ := c.mu.tree.Get(set)
	members, _ := v.JSON.(map[string]any)
	first := c.mu.tree.Revision
	for key := range members {
		if _, modified := c.mu.tree.Get(set + "/" + key); modified < first {
			oldest, first = set+"/"+key, modified
		}
	}
	return oldest
}
