package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// The steps: see the package comment.
const (
	stepInsert = iota + 1
	stepSee
	stepRemove
	stepUpdateStale
	stepInsertAgain
	stepUpdateABA
)

// The two ways in which a case is played. The steps of one stage are sent at
// the same time, by the clients of two nodes; a stage begins when the one
// before it is decided.
var (
	oneByOne = [][]int{{stepInsert}, {stepSee}, {stepRemove}, {stepUpdateStale}, {stepInsertAgain}, {stepUpdateABA}}
	racing   = [][]int{{stepInsert}, {stepSee}, {stepRemove, stepUpdateStale}, {stepInsertAgain, stepUpdateABA}}
)

// SixSteps plays the stale update on many users at once. Make one with
// NewSixSteps.
type SixSteps struct {
	nodes []string
	mu    struct {
		sync.Mutex
		// ready are the steps that wait for a client of a node.
		ready map[string][]history.Request
		// open are the cases that go on, by their item.
		open map[string]*userCase
		made int
	}
}

// userCase is one user and how far its six steps have come.
type userCase struct {
	item string
	// owner inserts and removes, other sees and updates.
	owner, other string
	// stages are those still to come; pending counts the undecided steps of
	// the present one.
	stages  [][]int
	pending int
	// seen is the newest revision of the user when the other node saw it;
	// inserted is that of its insert.
	inserted, seen uint64
}

// NewSixSteps returns the workload. nodes are all ids, two at least.
func NewSixSteps(nodes []string) *SixSteps {
	w := &SixSteps{nodes: nodes}
	w.mu.ready = map[string][]history.Request{}
	w.mu.open = map[string]*userCase{}
	return w
}

// Name returns "six-steps".
func (w *SixSteps) Name() string { return "six-steps" }

// Needs returns the refusals of steps 4 and 6.
func (w *SixSteps) Needs() []string { return []string{history.NotFound, history.Conflict} }

// Next returns a step that waits for this node, or begins a case that the node
// owns.
func (w *SixSteps) Next(random *rand.Rand, node string) history.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.mu.ready[node]) == 0 {
		w.beginLocked(random, node)
	}
	request := w.mu.ready[node][0]
	w.mu.ready[node] = w.mu.ready[node][1:]
	return request
}

func (w *SixSteps) beginLocked(random *rand.Rand, owner string) {
	w.mu.made++
	c := &userCase{
		item:   fmt.Sprintf("users/u%d", w.mu.made),
		owner:  owner,
		other:  w.otherThan(owner, random.IntN(len(w.nodes)-1)),
		stages: oneByOne,
	}
	if random.IntN(2) == 0 {
		c.stages = racing
	}
	w.mu.open[c.item] = c
	w.nextStageLocked(c)
}

// otherThan returns the node at a place among those that are not owner.
func (w *SixSteps) otherThan(owner string, place int) string {
	for _, node := range w.nodes {
		if node == owner {
			continue
		}
		if place == 0 {
			return node
		}
		place--
	}
	panic("workload: a place beyond the other nodes")
}

// nextStageLocked makes the steps of the next stage ready, or ends the case.
func (w *SixSteps) nextStageLocked(c *userCase) {
	if len(c.stages) == 0 {
		delete(w.mu.open, c.item)
		return
	}
	stage := c.stages[0]
	c.stages, c.pending = c.stages[1:], len(stage)
	for _, step := range stage {
		request := c.request(step)
		request.Workload = w.Name()
		w.mu.ready[request.Node] = append(w.mu.ready[request.Node], request)
	}
}

// request returns the operation of a step.
func (c *userCase) request(step int) history.Request {
	r := history.Request{Step: step, Item: c.item, Node: c.owner}
	switch step {
	case stepInsert, stepInsertAgain:
		r.Function, r.Field = history.Insert, userField
	case stepSee:
		r.Function, r.Node, r.AtLeast = history.Get, c.other, c.inserted
	case stepRemove:
		r.Function = history.Remove
	case stepUpdateStale:
		r.Function, r.Node, r.Field = history.Update, c.other, userField
	case stepUpdateABA:
		r.Function, r.Node, r.Field, r.IfMatch = history.Update, c.other, userField, c.seen
	}
	return r
}

// userField is the key beneath a user that takes the number: a user is an
// object, so that removals and conditions have a subtree to concern.
const userField = "write"

// Run performs the step and lets its case go on.
func (w *SixSteps) Run(ctx context.Context, client Client, request history.Request) (history.Kind, history.Answer) {
	kind, answer := client.Do(ctx, request)
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.mu.open[request.Item]; ok {
		w.learnLocked(c, request, kind, answer)
	}
	return kind, answer
}

// learnLocked moves a case on. A step that was not tried is made ready again.
// One whose outcome is unknown ends the case: what follows would prove little.
func (w *SixSteps) learnLocked(c *userCase, request history.Request, kind history.Kind, answer history.Answer) {
	switch {
	case kind == history.Info:
		delete(w.mu.open, c.item)
		return
	case kind == history.Fail && !answer.Decided():
		request.Number = 0
		w.mu.ready[request.Node] = append(w.mu.ready[request.Node], request)
		return
	case request.Step == stepInsert:
		c.inserted = answer.Revision
	case request.Step == stepSee:
		c.seen = answer.Modified
	}
	if c.pending--; c.pending == 0 {
		w.nextStageLocked(c)
	}
}

// Check looks for updates that were accepted though they were stale.
func (w *SixSteps) Check(calls []history.Call, dumps []history.Dump) []checker.Finding {
	return append(checker.StaleUpdates(calls), checker.Items(calls, dumps)...)
}
