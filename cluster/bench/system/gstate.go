package system

import (
	"context"
	"fmt"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// gstate is a member of gstate as a service embeds it.
type gstate struct{ node *cluster.Node }

func openGstate(n Node) (Member, error) {
	cfg := cluster.Config{ID: id(n.Number), Dir: n.Dir}
	for i, address := range n.Addresses {
		cfg.Peers = append(cfg.Peers, cluster.Peer{ID: id(i), Address: address})
	}
	node, err := cluster.Open(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	return gstate{node}, nil
}

// id names a member.
func id(number int) string { return fmt.Sprint("n", number) }

// place is where the value of a key stands.
func place(key string) tree.Path { return tree.Path{"bench", key} }

func (g gstate) Write(ctx context.Context, key, value string) error {
	_, err := g.node.Set(ctx, place(key), value)
	return err
}

func (g gstate) Read(ctx context.Context, key string) (string, error) {
	t, err := g.node.Read(ctx)
	if err != nil {
		return "", err
	}
	return valueIn(t, key), nil
}

func (g gstate) Local(_ context.Context, key string) (string, error) {
	return valueIn(g.node.Tree(), key), nil
}

func valueIn(t *tree.Tree, key string) string {
	item, _ := t.Get(place(key))
	return item.Value().Str()
}

func (g gstate) Watch(ctx context.Context, key string, ready func(), told func(string)) error {
	for event, err := range g.node.Watch(ctx, tree.Subtree(place(key))) {
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case event.Synced:
			ready()
		default:
			told(event.Value.Str())
		}
	}
	return nil
}

func (g gstate) Leads() bool { return g.node.Status().Role == cluster.RoleLeader }

func (g gstate) Close() error { return g.node.Close() }
