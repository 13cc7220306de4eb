package recipe_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/hashicorp/raft"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/transport/memnet"
	"example.com/gstate/tree"
)

// storage stands for something outside of the tree that a lock protects. It
// remembers the greatest token.
type storage struct{ token uint64 }

func (s *storage) write(token uint64, text string) error {
	if token < s.token {
		return fmt.Errorf("%q comes too late", text)
	}
	s.token = token
	fmt.Println("written:", text)
	return nil
}

// A lock protects two things: items of the tree by a condition, and what is
// elsewhere by the token, which the other side checks.
func ExampleMutex() {
	node := exampleNode()
	defer node.Close()
	ctx := context.Background()
	mutex, err := recipe.NewMutex(node, tree.Path{"locks", "report"}, 0)
	if err != nil {
		log.Fatal(err)
	}
	var outside storage

	first, err := mutex.Lock(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outside.write(first.Token(), "first"))
	_, err = node.Set(first.Context(), tree.Path{"report"}, "first", first.Condition())
	fmt.Println(err)
	fmt.Println(first.Unlock(ctx), first.Context().Err())

	second, err := mutex.Lock(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer second.Unlock(ctx)
	fmt.Println(outside.write(second.Token(), "second"))
	// The first one has not noticed that it is not the holder any more.
	fmt.Println(outside.write(first.Token(), "first again"))
	_, err = node.Set(ctx, tree.Path{"report"}, "first again", first.Condition())
	fmt.Println(errors.Is(err, cluster.ErrNotFound))
	// Output:
	// written: first
	// <nil>
	// <nil>
	// <nil> context canceled
	// written: second
	// <nil>
	// "first again" comes too late
	// true
}

// Each instance runs this; the function runs on one of them at a time.
func ExampleElection_RunWhileLeader() {
	node := exampleNode()
	defer node.Close()
	election, err := recipe.NewElection(node, tree.Path{"elections", "cleaner"}, 0)
	if err != nil {
		log.Fatal(err)
	}
	err = election.RunWhileLeader(context.Background(), "instance a", func(ctx context.Context, token uint64) error {
		leader, _, err := election.Leader(ctx)
		fmt.Println(leader.Value, "leads:", leader.Token == token)
		return err // returning ends it; a loss of leadership runs it again
	})
	fmt.Println(err)
	// Output:
	// "instance a" leads: true
	// <nil>
}

// A task is done at least once. What it does to the tree is done exactly once,
// if it goes with the Ack.
func ExampleQueue() {
	node := exampleNode()
	defer node.Close()
	ctx := context.Background()
	queue, err := recipe.NewQueue(node, tree.Path{"queues", "mail"}, recipe.QueueConfig{Deliveries: 5})
	if err != nil {
		log.Fatal(err)
	}
	for _, to := range []string{"anna", "bert"} {
		if _, err := queue.Put(ctx, map[string]string{"to": to}); err != nil {
			log.Fatal(err)
		}
	}
	for range 3 {
		task, err := queue.Take(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(task.Value(), task.Deliveries())
		if to, _ := task.Value().Get("to"); to.Str() == "anna" && task.Deliveries() == 1 {
			fmt.Println(task.Nack(ctx)) // it comes back
			continue
		}
		fmt.Println(task.Ack(ctx, cluster.Add(tree.Path{"sent"}, 1)))
	}
	sent, _ := node.Tree().Get(tree.Path{"sent"})
	fmt.Println(sent.Value())
	// Output:
	// {"to":"anna"} 1
	// <nil>
	// {"to":"anna"} 2
	// <nil>
	// {"to":"bert"} 1
	// <nil>
	// 2
}

// Each instance runs this; the function runs on one of them at a time. Whoever
// runs it next goes on after the last change that was handled.
func ExampleReaction() {
	node := exampleNode()
	defer node.Close()
	orders := tree.Path{"orders"}
	write := func(number string, total int) {
		if _, err := node.Set(context.Background(), orders.Child(number), total); err != nil {
			log.Fatal(err)
		}
	}
	mail, err := recipe.NewReaction(node, tree.Path{"reactions", "mail"}, tree.Subtree(orders), recipe.ReactionConfig{})
	if err != nil {
		log.Fatal(err)
	}
	handle := func(change recipe.Change) {
		if change.Synced || change.Reset { // the whole, to compare with
			fmt.Println("to begin with:", change.Value)
		}
		for _, delta := range change.Changes() {
			fmt.Println(delta.Path, "is", delta.New)
		}
	}
	// run handles so many events.
	run := func(events int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		err := mail.OnLeader(ctx, func(ctx context.Context, change recipe.Change) error {
			handle(change)
			if events--; events == 0 {
				cancel()
			}
			return nil // an error, or a panic, would bring the change again
		})
		fmt.Println(errors.Is(err, context.Canceled))
	}
	write("1000", 20)
	run(1)
	write("1001", 30)
	write("1002", 40)
	run(2)
	// Output:
	// to begin with: {"1000":20}
	// true
	// orders.1001 is 30
	// orders.1002 is 40
	// true
}

// exampleNode opens a cluster of one, in memory.
func exampleNode() *cluster.Node {
	disk := raft.NewInmemStore()
	node, err := cluster.Open(context.Background(), cluster.Config{
		ID:      "a",
		Peers:   []cluster.Peer{{ID: "a", Address: "a:7000"}},
		Network: memnet.New().Host("a"),
		Tune: func(e *cluster.Engine) {
			e.Logs, e.Stable, e.Snapshots = disk, disk, raft.NewInmemSnapshotStore()
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	return node
}
