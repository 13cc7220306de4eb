package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// This is the example of the README.
func Example_embedding() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	node, err := cluster.Open(ctx, cluster.Config{
		ID:  os.Args[1],
		Dir: "data-" + os.Args[1],
		Peers: []cluster.Peer{ // the same list on every instance
			{ID: "a", Address: "127.0.0.1:7001"},
			{ID: "b", Address: "127.0.0.1:7002"},
			{ID: "c", Address: "127.0.0.1:7003"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close()              // hands over leadership
	if node.WaitReady(ctx) == nil { // two of the three are up
		_, err := node.Insert(ctx, tree.Path{"users", os.Args[1]}, map[string]any{"age": 41})
		log.Print("inserted: ", err) // <nil>, or that an earlier run has done so
	}
	for event, err := range node.Watch(ctx, tree.Subtree(tree.Path{"users"})) {
		if err != nil {
			break // Ctrl-C
		}
		log.Print(event.Revision, " ", event.Value)
	}
}

// A service opens a node in each of its instances. Here the cluster has one
// member, which nobody dials, so that any port will do; with three, Peers lists
// all of them and where they are, and is the same on each.
func Example() {
	dir, err := os.MkdirTemp("", "gstate")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	node, err := cluster.Open(ctx, cluster.Config{
		ID:    "a",
		Dir:   dir,
		Peers: []cluster.Peer{{ID: "a", Address: "127.0.0.1:0"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close()

	anna := tree.Path{"users", "anna"}
	if _, err := node.Insert(ctx, anna, map[string]any{"name": "Anna", "age": 41}); err != nil {
		log.Fatal(err)
	}
	if _, err := node.Remove(ctx, anna); err != nil {
		log.Fatal(err)
	}
	_, err = node.Update(ctx, anna, map[string]any{"age": 42})
	fmt.Println(err, errors.Is(err, cluster.ErrNotFound))
	// Output: update users.anna: item not found (revision 2) true
}

// A watch yields the present result first, and then each new one.
func ExampleNode_Watch() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()

	keys, err := tree.ParseQuery([]byte(`{"items": {"_": "$key"}}`))
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range node.Watch(ctx, keys) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Revision, event.Value)
		if event.Revision == 2 {
			break
		}
		next := fmt.Sprint("item-", event.Revision+1)
		if _, err := node.Insert(ctx, tree.Path{"items", next}, true); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// 0 {}
	// 1 {"items":["item-1"]}
	// 2 {"items":["item-1","item-2"]}
}

// A write that depends on what was read says so with a condition. It is
// refused when the item has changed meanwhile, wherever that was done.
func ExampleUnmodified() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()

	stock := tree.Path{"stock"}
	read, err := node.Set(ctx, stock, 1)
	if err != nil {
		log.Fatal(err)
	}
	take := func() error {
		_, err := node.Update(ctx, stock, 0, cluster.Unmodified(stock, read))
		return err
	}
	fmt.Println(take())
	fmt.Println(errors.Is(take(), cluster.ErrConflict))
	// Output:
	// <nil>
	// true
}

// exampleNode opens a cluster of one.
func exampleNode() (node *cluster.Node, closeNode func()) {
	dir, err := os.MkdirTemp("", "gstate")
	if err != nil {
		log.Fatal(err)
	}
	node, err = cluster.Open(context.Background(), cluster.Config{
		ID:    "a",
		Dir:   dir,
		Peers: []cluster.Peer{{ID: "a", Address: "127.0.0.1:0"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	return node, func() {
		node.Close()
		os.RemoveAll(dir)
	}
}

// An instance says that it is there for as long as it lives, takes a job that is
// free again when it goes, and counts those that have left.
func ExampleEphemeral() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()

	me, job := tree.Path{"instances", "a"}, tree.Path{"jobs", "report", "by"}
	_, err := node.Apply(ctx,
		cluster.Set(me, "10.0.0.1"),
		cluster.Ephemeral(me, 10*time.Second),
		cluster.OnLeave(me, cluster.Add(tree.Path{"left"}, 1)),
		cluster.Insert(job, "a"),
		cluster.KeepWhile(job, me))
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range node.Watch(ctx, tree.Subtree(tree.Path{"jobs"})) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Value, event.Expelled)
		if len(event.Expelled) > 0 {
			break
		}
		// Here it says itself that it leaves; else its silence or Close would.
		if _, err := node.Remove(ctx, me); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// {"report":{"by":"a"}} []
	// {"report":{}} [{jobs.report.by 2 keeper}]
}

// A Ref reads and writes one value as a Go type. Set under a condition is refused
// when others have written meanwhile; Update looks again and never loses a write.
func ExampleRef() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()

	type limits struct {
		PerSecond int `json:"perSecond"`
		Burst     int `json:"burst"`
	}
	ref := cluster.NewRef[limits](node, tree.Path{"limits"})
	if _, err := ref.Set(ctx, limits{PerSecond: 100, Burst: 20}); err != nil {
		log.Fatal(err)
	}
	seen, err := ref.Get()
	if err != nil {
		log.Fatal(err)
	}
	_, err = ref.Update(ctx, func(l limits) (limits, error) {
		l.PerSecond *= 2
		return l, nil
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = ref.Set(ctx, limits{}, cluster.Unmodified(ref.Path(), seen.Revision))
	now, _ := ref.Get()
	fmt.Printf("%v, then %+v at revision %d\n", errors.Is(err, cluster.ErrConflict), now.Value, now.Revision)

	if _, err := node.Set(ctx, tree.Path{"limits", "burst"}, "many"); err != nil {
		log.Fatal(err)
	}
	_, err = ref.Get()
	fmt.Println(errors.Is(err, cluster.ErrWrongKind))
	// Output:
	// true, then {PerSecond:200 Burst:20} at revision 2
	// true
}

// A watch of a Map yields all entries first, and then what was put and removed.
func ExampleMap_Watch() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()

	type job struct {
		State string `json:"state"`
	}
	jobs := cluster.NewMap[job](node, tree.Path{"jobs"})
	if _, err := jobs.Insert(ctx, "report", job{"waiting"}); err != nil {
		log.Fatal(err)
	}
	next := []func() (uint64, error){
		func() (uint64, error) {
			return jobs.Update(ctx, "report", func(job) (job, error) { return job{"running"}, nil })
		},
		func() (uint64, error) { return node.Set(ctx, tree.Path{"jobs", "mail"}, "no job") },
		func() (uint64, error) { return jobs.Remove(ctx, "report") },
	}
	for event, err := range jobs.Watch(ctx) {
		if err != nil {
			fmt.Println(errors.Is(err, cluster.ErrWrongKind)) // the watch goes on
			continue
		}
		for _, change := range event.Changes {
			if change.Is {
				fmt.Println(event.Revision, "put", change.Key, change.New.State)
			} else {
				fmt.Println(event.Revision, "removed", change.Key, change.Old.State)
			}
		}
		if len(next) == 0 {
			break
		}
		if _, err := next[0](); err != nil {
			log.Fatal(err)
		}
		next = next[1:]
	}
	// Output:
	// 1 put report waiting
	// 2 put report running
	// true
	// 4 removed report running
}
