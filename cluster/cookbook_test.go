package cluster_test

// The cookbook: ten things that services do. This file has what the instances of a
// service share, cookbook_work_test.go work and goods, and cookbook_web_test.go what
// stands before and behind a web service.

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// openInstances opens the nodes of the three instances of a service, here in one
// process, with a network and disks in memory. Example shows what a service has
// instead: one node, a folder and TCP.
func openInstances() (nodes [3]*cluster.Node, closeAll func()) {
	peers := []cluster.Peer{{ID: "a", Address: "a:7000"}, {ID: "b", Address: "b:7000"}, {ID: "c", Address: "c:7000"}}
	network, ctx := memnet.New(), context.Background()
	for i, peer := range peers {
		disk := raft.NewInmemStore()
		nodes[i] = must(cluster.Open(ctx, cluster.Config{
			ID:               peer.ID,
			Peers:            peers,
			Network:          network.Host(peer.ID),
			HeartbeatTimeout: 200 * time.Millisecond, // the first election begins sooner
			Tune: func(e *cluster.Engine) {
				e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore()
			},
		}))
	}
	for _, node := range nodes {
		if err := node.WaitReady(ctx); err != nil {
			log.Fatal(err)
		}
	}
	return nodes, func() {
		for _, node := range nodes {
			node.Close()
		}
	}
}

// must returns the result of a call that only a broken example can make fail.
func must[T any](result T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return result
}

// Feature flags: every instance follows one struct and keeps the last good one at
// hand for its requests. A change made on any instance reaches all of them without
// a restart. One that is no such struct is told as ErrWrongKind; the watch goes on,
// and so does what was good before. Instances change over some fractions of a
// millisecond apart: what must change everywhere at once is no flag.
func Example_featureFlags() {
	type features struct {
		NewCheckout bool `json:"newCheckout"`
		UploadLimit int  `json:"uploadLimit"`
	}
	nodes, closeAll := openInstances()
	defer closeAll()
	ctx := context.Background()
	admin := cluster.NewRef[features](nodes[0], tree.Path{"features"})
	must(admin.Set(ctx, features{UploadLimit: 10}))

	var live [3]atomic.Pointer[features] // one in each instance, read by its requests
	follow := func(instance int) {
		for event, err := range cluster.NewRef[features](nodes[instance], tree.Path{"features"}).Watch(ctx) {
			if errors.Is(err, cluster.ErrWrongKind) {
				continue // and tell somebody
			}
			if err != nil {
				return // the node is closed, or ctx has ended
			}
			value := event.Value
			live[instance].Store(&value)
			if value.NewCheckout {
				return // only here, where the example ends
			}
		}
	}
	var instances sync.WaitGroup
	for i := range nodes {
		instances.Go(func() { follow(i) })
	}
	must(admin.Update(ctx, func(f features) (features, error) {
		f.NewCheckout = true
		return f, nil
	}))
	instances.Wait()
	for i := range nodes {
		fmt.Printf("%+v\n", *live[i].Load())
	}
	// Output:
	// {NewCheckout:true UploadLimit:10}
	// {NewCheckout:true UploadLimit:10}
	// {NewCheckout:true UploadLimit:10}
}

// A presence list: each instance lists the users that are connected to it. An entry
// goes when the user does, and at the latest when the instance that wrote it was
// silent for the ttl; a watch can tell the two apart. Who has come back on another
// instance is not removed by the former one, which demands that the entry is its own.
// For that ttl a user is listed whose instance has died. To list the instances
// themselves there is recipe.Members.
func Example_presence() {
	type presence struct {
		Instance string `json:"instance"`
		Device   string `json:"device"`
	}
	nodes, closeAll := openInstances()
	defer closeAll()
	ctx := context.Background()
	online := cluster.NewMap[presence](nodes[0], tree.Path{"online"})
	connected := func(on *cluster.Node, user string, as presence) {
		entry := online.Ref(user).Path()
		must(on.Apply(ctx, cluster.Set(entry, as), cluster.Ephemeral(entry, 10*time.Second)))
	}
	disconnected := func(on *cluster.Node, user string, as presence) {
		entry := online.Ref(user).Path()
		must(on.Remove(ctx, entry, cluster.Equals(entry, as)))
	}
	traffic := func() {
		connected(nodes[1], "anna", presence{"b", "phone"})
		connected(nodes[2], "bert", presence{"c", "laptop"})
		disconnected(nodes[1], "anna", presence{"b", "phone"})
		nodes[2].Close() // or it crashes
	}

	for event, err := range online.Watch(ctx, cluster.EveryChange()) {
		if err != nil {
			log.Fatal(err)
		}
		if event.Synced {
			go traffic()
		}
		for _, change := range event.Changes {
			switch {
			case !change.Was:
				fmt.Println(change.Key, "came with a", change.New.Device)
			case !change.Is && event.Reasons.Has(cluster.ReasonSession):
				fmt.Println(change.Key, "was lost with an instance")
				return
			case !change.Is:
				fmt.Println(change.Key, "went")
			}
		}
	}
	// Output:
	// anna came with a phone
	// bert came with a laptop
	// anna went
	// bert was lost with an instance
}

// Configuration that people edit: a new value is validated before it is written,
// refused if another was saved since its editor was opened, and kept beside the
// former one, to which a rollback returns. The two are one write, so that the former
// value is always the one before. Validation belongs to the program: instances of an
// older release validate by older rules.
func Example_configuration() {
	type pool struct {
		Min int `json:"min"`
		Max int `json:"max"`
	}
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()
	current := cluster.NewRef[pool](node, tree.Path{"config", "pool"})
	former := cluster.NewRef[pool](node, tree.Path{"config", "formerPool"})
	opened := must(current.Set(ctx, pool{Min: 2, Max: 10}))

	save := func(seen uint64, edited pool) error {
		_, err := node.Transact(ctx, func(tx *cluster.Tx) error {
			return current.UpdateIn(tx, func(was pool) (pool, error) {
				if edited.Min > edited.Max {
					return was, fmt.Errorf("at least %d and at most %d", edited.Min, edited.Max)
				}
				return edited, former.SetIn(tx, was)
			}, cluster.Unmodified(current.Path(), seen))
		})
		return err
	}
	fmt.Println("invalid:", save(opened, pool{Min: 20, Max: 10}))
	fmt.Println("saved:", save(opened, pool{Min: 2, Max: 50}))
	fmt.Println("stale:", errors.Is(save(opened, pool{Min: 5, Max: 10}), cluster.ErrConflict))

	must(node.Transact(ctx, func(tx *cluster.Tx) error {
		was, exists, err := former.GetIn(tx)
		if err != nil || !exists {
			return errors.Join(err, errors.New("there is nothing to go back to"))
		}
		return current.SetIn(tx, was)
	}))
	fmt.Printf("rolled back: %+v\n", must(current.Get()).Value)
	// Output:
	// invalid: at least 20 and at most 10
	// saved: <nil>
	// stale: true
	// rolled back: {Min:2 Max:10}
}

// A service catalogue: services name what they need by links, so that one query
// gives all of it as it is now, and a watch of that query tells when something moves.
// A condition on a query keeps what is still needed from being removed. A link is a
// name: if what it leads to is removed without that condition, it reads as missing.
func Example_serviceCatalogue() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()
	services := tree.Path{"services"}
	payments := services.Child("payments")
	must(node.Apply(ctx,
		cluster.Insert(payments, map[string]any{"address": "10.0.0.7:443"}),
		cluster.Insert(services.Child("search"), map[string]any{"address": "10.0.0.8:443"}),
		cluster.Insert(services.Child("shop"), map[string]any{"needs": map[string]any{
			"payments": payments, // a path is stored as a link
			"search":   services.Child("search"),
		}})))

	needs := must(tree.Subtree(services.Child("shop").Child("needs")).Select(tree.Each(tree.Fields("address")).Keyed()))
	for event, err := range node.Watch(ctx, needs) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Value)
		if !event.Synced {
			break
		}
		must(node.Update(ctx, payments, map[string]any{"address": "10.0.1.7:443"}))
	}

	dependents := must(tree.Subtree(services).Select(tree.Keys().Where(tree.Field("needs.payments").Equals(payments))))
	who, _ := dependents.Eval(node.Tree())
	_, err := node.Remove(ctx, payments, cluster.Matches(dependents, []string{}))
	fmt.Println("needed by", who, errors.Is(err, cluster.ErrConflict))
	// Output:
	// {"payments":{"address":"10.0.0.7:443"},"search":{"address":"10.0.0.8:443"}}
	// {"payments":{"address":"10.0.1.7:443"},"search":{"address":"10.0.0.8:443"}}
	// needed by ["shop"] true
}
