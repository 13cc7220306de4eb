package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"sync"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// A job board: workers on all instances take the most urgent job that nobody has. A
// transaction in which another was faster runs again and finds the next one, so that
// two never take the same. A job whose worker dies is free again after the ttl; what
// that worker finishes later is refused. Each take looks at all waiting jobs, on
// every member: a board is for hundreds. Without priorities take recipe.Queue, which
// also counts deliveries.
func Example_jobBoard() {
	nodes, closeAll := openInstances()
	defer closeAll()
	ctx := context.Background()
	jobs := tree.Path{"jobs"}
	for job, priority := range map[string]int{"invoices": 9, "thumbnails": 1, "digest": 5} {
		must(nodes[0].Insert(ctx, jobs.Child(job), map[string]any{"priority": priority}))
	}
	next := must(tree.Subtree(jobs).Select(
		tree.Keys().Where(tree.Field("by").Missing()).OrderByDescending("priority").Limit(1)))

	take := func(node *cluster.Node, worker string) (job string, token uint64) {
		for job == "" {
			// A new watch begins with what is there now. One that is kept would be
			// silent about a job that was taken and is back before it looks.
			for event, err := range node.Watch(ctx, next) {
				if err != nil {
					log.Fatal(err)
				}
				if event.Value.Len() > 0 {
					break
				}
			}
			token = must(node.Transact(ctx, func(tx *cluster.Tx) error {
				waiting, _ := tx.Query(next)
				first, _ := waiting.Get("0")
				if job = first.Str(); job == "" {
					return nil
				}
				by := jobs.Child(job).Child("by")
				return tx.Do(cluster.Insert(by, worker), cluster.Ephemeral(by, 10*time.Second))
			})).Revision
		}
		return job, token
	}
	job, _ := take(nodes[1], "b")
	fmt.Println("b has", job)

	var both sync.WaitGroup
	var taken [2]string
	both.Go(func() { taken[0], _ = take(nodes[0], "a") })
	both.Go(func() { taken[1], _ = take(nodes[2], "c") })
	both.Wait()
	slices.Sort(taken[:])
	fmt.Println("a and c have", taken)

	nodes[1].Close() // or it crashes
	job, token := take(nodes[0], "a")
	must(nodes[0].Remove(ctx, jobs.Child(job), cluster.Held(jobs.Child(job).Child("by"), token)))
	fmt.Println("a has done", job)
	// Output:
	// b has invoices
	// a and c have [digest thumbnails]
	// a has done invoices
}

// Inventory: an order takes several articles or none, and holds them while the
// customer pays. A reservation that is not paid in time runs out and gives all of it
// back, whichever instance has made it and whether that lives or not; one that has
// run out cannot be paid any more. What it gives back belongs to the item: it must
// be taken off before a reservation is removed for another reason.
func Example_inventory() {
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()
	stock := cluster.NewMap[int](node, tree.Path{"stock"})
	reservations, orders := tree.Path{"reservations"}, tree.Path{"orders"}
	must(stock.Insert(ctx, "tent", 2))
	must(stock.Insert(ctx, "stove", 5))

	reserve := func(order string, articles map[string]int, hold time.Duration) error {
		_, err := node.Transact(ctx, func(tx *cluster.Tx) error {
			at := reservations.Child(order)
			var back []cluster.Op
			for article, n := range articles {
				left, _, err := stock.Ref(article).GetIn(tx)
				if err != nil {
					return err
				}
				if left < n {
					return fmt.Errorf("%d of %s left", left, article)
				}
				if err := tx.Do(cluster.Add(stock.Ref(article).Path(), -n)); err != nil {
					return err
				}
				back = append(back, cluster.Add(stock.Ref(article).Path(), n))
			}
			return tx.Do(cluster.Insert(at, articles), cluster.Expire(at, hold), cluster.OnLeave(at, back...))
		})
		return err
	}
	pay := func(order string, articles map[string]int) error {
		at := reservations.Child(order)
		_, err := node.Apply(ctx, cluster.OnLeave(at), cluster.Remove(at), cluster.Insert(orders.Child(order), articles))
		return err
	}

	one, two := map[string]int{"tent": 1, "stove": 1}, map[string]int{"tent": 2, "stove": 1}
	fmt.Println(reserve("7001", one, 10*time.Minute), pay("7001", one))
	fmt.Println(reserve("7002", two, 10*time.Minute))
	fmt.Println(reserve("7003", one, 50*time.Millisecond))
	for event, err := range stock.Ref("tent").Watch(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if event.Value == 1 {
			break // what 7003 held is back
		}
	}
	fmt.Println(errors.Is(pay("7003", one), cluster.ErrNotFound), must(stock.Get("stove")).Value)
	// Output:
	// <nil> <nil>
	// 1 of tent left
	// <nil>
	// true 4
}

// A leaderboard: points are added where they are made, without reading first, and
// every instance watches the best of them. A write that does not change these wakes
// nobody, and one that does costs time for the change, not for all players. Of those
// with equal points, the first by key stands first.
func Example_leaderboard() {
	type player struct {
		Name   string `json:"name"`
		Points int    `json:"points"`
	}
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()
	players := cluster.NewMap[player](node, tree.Path{"players"})
	for key, name := range map[string]string{"p1": "Anna", "p2": "Bert", "p3": "Carl", "p4": "Dora"} {
		must(players.Insert(ctx, key, player{Name: name}))
	}
	score := func(key string, points int) {
		path := players.Ref(key).Path().Child("points")
		must(node.Apply(ctx, cluster.Add(path, points).If(cluster.Exists(path)))) // else it makes a player
	}
	score("p1", 40)
	score("p2", 30)

	top := must(tree.Subtree(players.Path()).Select(
		tree.Each(tree.Fields("name", "points")).OrderByDescending("points").Limit(2)))
	for event, err := range node.Watch(ctx, top) {
		if err != nil {
			log.Fatal(err)
		}
		var best []player
		if err := event.Value.Decode(&best); err != nil {
			log.Fatal(err)
		}
		fmt.Println(best)
		if best[0].Name == "Carl" {
			break
		}
		score("p4", 20)
		score("p3", 50)
	}
	// Output:
	// [{Anna 40} {Bert 30}]
	// [{Carl 50} {Anna 40}]
}
