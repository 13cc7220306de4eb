package recipe

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// line is where instances stand in line, each with an item of its own under a
// lease, in the order in which the items were created. Nothing is written when
// one moves up: it sees those before it go. The key of an item is unique, so
// that a place that was left never comes back.
type line struct {
	node Node
	path tree.Path
	ttl  time.Duration
	// what is the verb for errors.
	what string
}

// place is one item of a line.
type place struct {
	key     string
	created uint64
	value   tree.Value
}

// turn decides from those that stand before, the first one first, whether it is
// one's turn. If not, it returns what to watch until it may be.
type turn func(before []place) (watch tree.Query, wait bool)

func newLine(node Node, path tree.Path, ttl time.Duration, what string) (line, error) {
	ttl, err := validateLeased(node, path, ttl)
	l := line{node: node, path: slices.Clone(path), ttl: ttl, what: what}
	return l, wrap("new "+what, path, err)
}

// wrap adds what was done, and where, to an error.
func wrap(what string, path tree.Path, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %v: %w", what, path, err)
}

// enter stands in line until it is its turn. more is made with the write that
// joins. When a lease is lost meanwhile it starts again, at the end.
func (l line) enter(ctx context.Context, value any, turn turn, more ...cluster.Op) (*Held, error) {
	for {
		joined, err := take(ctx, l.node, l.path.Child(rand.Text()), value, l.ttl, more...)
		if passing(ctx, l.ttl, err) {
			continue
		}
		if err != nil {
			return nil, wrap(l.what, l.path, err)
		}
		joined.keep()
		held := &Held{joined}
		if err = l.await(ctx, held, turn); err == nil {
			return held, nil
		}
		joined.abandon()
		if !errors.Is(err, ErrLost) {
			return nil, wrap(l.what, l.path, err)
		}
	}
}

// await waits until it is the turn of the place, and fails when ctx or the
// lease ends.
func (l line) await(ctx context.Context, held *Held, turn turn) error {
	ctx, stop := both(ctx, held.lease.ctx)
	defer stop()
	for {
		watch, wait := turn(l.before(held.Token()))
		if !wait {
			held.lease.Check()
			return context.Cause(held.lease.ctx)
		}
		if err := l.awaitChange(ctx, watch, held.Token(), turn); err != nil {
			return err
		}
	}
}

// awaitChange waits until there is something else to wait for, or nothing.
func (l line) awaitChange(ctx context.Context, watch tree.Query, token uint64, turn turn) error {
	for _, err := range l.node.Watch(ctx, watch) {
		if err != nil {
			return err
		}
		if next, wait := turn(l.before(token)); !wait || next.String() != watch.String() {
			break
		}
	}
	return nil
}

// all returns the places of the line, in its order.
func (l line) all(t *tree.Tree) []place {
	item, _ := t.Get(l.path)
	places := make([]place, 0, item.Len())
	for key, child := range item.Children() {
		places = append(places, place{key, child.Created(), child.Value()})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.created, b.created) })
	return places
}

// before returns the places before the one with the token. Since that one is in
// the local tree, all of those that still stand are there too; it may have some
// that do not, whose going is still to be seen.
func (l line) before(token uint64) []place {
	places := l.all(l.node.Tree())
	n, _ := slices.BinarySearchFunc(places, token, func(p place, token uint64) int {
		return cmp.Compare(p.created, token)
	})
	return places[:n]
}

// watch returns the query for one place.
func (l line) watch(p place) tree.Query { return tree.Subtree(l.path.Child(p.key)) }

// watchAll returns the query for the coming and going of all.
func (l line) watchAll() tree.Query { return shape(childKeys).At(l.path) }

// childKeys is the form of a query for the keys of an item's children.
var childKeys = map[string]any{"_": "$key"}

// shape returns the query of a form that is part of this program.
func shape(form map[string]any) tree.Query {
	query, err := tree.NewQuery(form)
	if err != nil {
		panic(fmt.Sprintf("the query %v: %v", form, err))
	}
	return query
}
