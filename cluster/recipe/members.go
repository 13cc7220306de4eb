package recipe

import (
	"context"
	"iter"
	"slices"
	"time"

	"example.com/gstate/tree"
)

// Members is a directory of the instances that run: each registers itself, and
// is taken out about the ttl after it was heard of last. All methods may be
// called at any time from any goroutine.
type Members struct {
	node Node
	path tree.Path
	ttl  time.Duration
}

// Member is one entry of the directory.
type Member struct {
	Name string
	// Data is what it has registered with.
	Data tree.Value
}

// NewMembers returns the directory at the path, at which nothing else may
// stand. It writes nothing.
func NewMembers(node Node, path tree.Path, ttl time.Duration) (*Members, error) {
	ttl, err := validateLeased(node, path, ttl)
	if err != nil {
		return nil, wrap("new members", path, err)
	}
	return &Members{node: node, path: slices.Clone(path), ttl: ttl}, nil
}

// List returns the members in the order of their names, as a linearizable read
// does. One that has crashed is there until its lease ends.
func (m *Members) List(ctx context.Context) ([]Member, error) {
	now, err := m.node.Read(ctx)
	if err != nil {
		return nil, wrap("list", m.path, err)
	}
	item, _ := now.Get(m.path)
	return membersOf(item.Value()), nil
}

// Watch yields the members, as this instance knows them, at once and whenever
// they or their data have changed. It yields an error, last, when ctx ends or
// the node is closed.
func (m *Members) Watch(ctx context.Context) iter.Seq2[[]Member, error] {
	return func(yield func([]Member, error) bool) {
		for event, err := range m.node.Watch(ctx, tree.Subtree(m.path)) {
			if err != nil {
				yield(nil, wrap("watch", m.path, err))
				return
			}
			if !yield(membersOf(event.Value), nil) {
				return
			}
		}
	}
}

func membersOf(directory tree.Value) []Member {
	members := make([]Member, 0, directory.Len())
	for name, entry := range directory.Members() {
		data, _ := entry.Get("data")
		members = append(members, Member{Name: name, Data: data})
	}
	return members
}
