package sim

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// bug plants a bug into a node, as clients see it.
type bug func(node) node

func none(n node) node { return n }

// seedsForBug is how many seeds may pass before a planted bug is found. Most are
// found by the first one. What is to be seen when a node has forgotten what a watch
// stands at is found by about one in four, so that 50 pass once in a million times:
// runs of package tests do not repeat.
const seedsForBug = 50

// TestPlantedBugsAreFound shows that the checkers are not blind.
func TestPlantedBugsAreFound(t *testing.T) {
	newLists := func() workload { return &lists{} }
	newLooseLists := func() workload { return &lists{once: true} }
	newBookings := func() workload { return &bookings{} }
	newRegisters := func() workload { return freshRegisters() }
	newCounter := func() workload { return &counter{} }
	newLeases := func() workload { return &leases{} }
	newLocks := func() workload { return &locks{} }
	newLoad := func() workload { return newWatches() }
	for name, c := range map[string]struct {
		load func() workload
		bug  bug
		want string
	}{
		"transactions ignore conflicts":            {newLooseLists, forgetConditions, "G-single"},
		"transactions overwrite lists":             {newLists, overwrite, "incompatible-order"},
		"transactions read stale trees":            {newLists, readStale, "G-single-"},
		"transactions take unknown for refused":    {newLists, takeFor(errRefused), "G1a"},
		"transactions take unknown for made":       {newLists, takeFor(nil), "lost-append"},
		"bookings ignore conflicts":                {newBookings, forgetConditions, "guests at revision"},
		"registers are read from stale trees":      {newRegisters, readStale, "Illegal"},
		"registers ignore conflicts":               {newRegisters, forgetConditions, "Illegal"},
		"registers take unknown for refused":       {newRegisters, takeFor(errRefused), "Illegal"},
		"registers take unknown for made":          {newRegisters, takeFor(nil), "Illegal"},
		"counter sends unknown writes anew":        {newCounter, resend, "was made 2 times"},
		"counter takes unknown for refused":        {newCounter, takeFor(errRefused), "although it was refused"},
		"counter takes unknown for made":           {newCounter, takeFor(nil), "and was made 0 times"},
		"counter's outcomes are guessed, made":     {newCounter, guess(nil), "it was made 0 times"},
		"counter's outcomes are guessed, not made": {newCounter, guess(cluster.ErrGivenUp), "says that it was not made"},
		"leases are granted shorter":               {newLeases, shorten, "and had a lease until"},
		"leases are granted longer":                {newLeases, lengthen, "should have been gone"},
		"leases are not granted":                   {newLeases, persist, "should have been gone"},
		"refreshes are dropped":                    {newLeases, dropAlone, "and had a lease until"},
		"locks do not guard writes":                {newLocks, unguard, "although another had the lock"},
		"locks do not guard writes, in order":      {newLocks, unguard, "after the lock was granted"},
		"locks are granted to all":                 {newLocks, seeNobody, "has two holders"},
		"locks are not refreshed":                  {newLocks, neverRefresh, "has two holders"},
		"locks are lost while they are held":       {newLocks, neverRefresh, "a write under it was refused"},
		"watches skip changes":                     {newLoad, skipEvents, "is missing"},
		"watches tell changes twice":               {newLoad, repeatEvents, "it tells nothing new"},
		"watches hide resets":                      {newLoad, hideResets, "is missing"},
		"watches are reset to old results":         {newLoad, resetToOld, "reset after"},
		"watches mark progress too far":            {newLoad, runAhead, "the result is"},
		"watches forget who was expelled":          {newLoad, forgetExpelled, "were expelled since"},
		"watches are synced twice":                 {newLoad, syncTwice, "it is synced again"},
		"watches go on too late":                   {newLoad, resumeLate, "is missing"},
		"watches go on too early":                  {newLoad, resumeEarly, "it tells nothing new"},
		"leases of stale trees":                    {newLeases, readStale, "should have been gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(seedsForBug) {
				findings, _ := runLoad(t, shortRun(*first+seed), c.load(), c.bug)
				for _, finding := range findings {
					if strings.Contains(finding, c.want) {
						t.Logf("seed %d: %s", *first+seed, finding)
						return
					}
				}
			}
			t.Errorf("%d seeds have found no %q", seedsForBug, c.want)
		})
	}
}

func readStale(n node) node        { return staleReader{n} }
func forgetConditions(n node) node { return conflictBlind{n, false} }
func overwrite(n node) node        { return conflictBlind{n, true} }
func resend(n node) node           { return resender{n} }
func takeFor(hope error) bug       { return func(n node) node { return optimist{n, hope} } }
func guess(err error) bug          { return func(n node) node { return guesser{n, err} } }

// staleReader says that what this node has is what the cluster has.
type staleReader struct{ node }

func (n staleReader) Read(context.Context) (*tree.Tree, error) { return n.Tree(), nil }

// conflictBlind makes transactions without the proof that what they have read
// is still so, and takes a conflict for success. Lists that were read and set
// it overwrites, or appends to them what is new.
type conflictBlind struct {
	node
	overwrites bool
}

func (n conflictBlind) Transact(ctx context.Context, run func(view) error) (cluster.Result, error) {
	v := &blindView{base: n.Tree(), lists: map[string][]int{}, overwrites: n.overwrites}
	if err := run(v); err != nil {
		return cluster.Result{}, err
	}
	if len(v.ops) == 0 {
		return cluster.Result{}, nil
	}
	return n.Apply(ctx, v.ops...)
}

func (n conflictBlind) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	result, err := n.node.Apply(ctx, ops...)
	if errors.Is(err, cluster.ErrConflict) {
		err = nil
	}
	return result, err
}

// blindView collects operations, and shows lists as they would be then.
type blindView struct {
	base       *tree.Tree
	lists      map[string][]int
	ops        []cluster.Op
	overwrites bool
}

func (v *blindView) List(path tree.Path) []int {
	if list, changed := v.lists[path.String()]; changed {
		return list
	}
	item, _ := v.base.Get(path)
	return elements(item.Value())
}

func (v *blindView) Append(path tree.Path, element int) error {
	v.lists[path.String()] = append(slices.Clone(v.List(path)), element)
	v.ops = append(v.ops, cluster.Append(path, element))
	return nil
}

func (v *blindView) Set(path tree.Path, list []int) error {
	if !v.overwrites {
		return v.Append(path, list[len(list)-1])
	}
	v.lists[path.String()] = list
	v.ops = append(v.ops, cluster.Set(path, list))
	return nil
}

func (v *blindView) Keys(path tree.Path, _ bool) []string {
	item, _ := v.base.Get(path)
	var keys []string
	for key := range item.Children() {
		keys = append(keys, key)
	}
	return keys
}

func (v *blindView) Insert(path tree.Path) error {
	v.ops = append(v.ops, cluster.Insert(path, true))
	return nil
}

func (v *blindView) Remove(path tree.Path) error {
	v.ops = append(v.ops, cluster.Delete(path))
	return nil
}

// errRefused is an error of a write that was certainly not made.
var errRefused = &cluster.Error{Operation: "apply", Err: cluster.ErrBusy}

// optimist turns unknown outcomes into what it hopes for.
type optimist struct {
	node
	hope error
}

func (n optimist) Transact(ctx context.Context, run func(view) error) (cluster.Result, error) {
	result, err := n.node.Transact(ctx, run)
	return result, n.turn(err)
}

func (n optimist) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	result, err := n.node.Apply(ctx, ops...)
	return result, n.turn(err)
}

func (n optimist) turn(err error) error {
	if errors.Is(err, cluster.ErrOutcomeUnknown) {
		return n.hope
	}
	return err
}

// resender makes a write of unknown outcome again, under a new number.
type resender struct{ node }

func (n resender) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	result, err := n.node.Apply(ctx, ops...)
	if errors.Is(err, cluster.ErrOutcomeUnknown) {
		again, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return n.node.Apply(again, ops...)
	}
	return result, err
}

// guesser does not ask for an outcome.
type guesser struct {
	node
	guess error
}

func (n guesser) Outcome(context.Context, cluster.WriteID) (cluster.Result, error) {
	return cluster.Result{}, n.guess
}
