package cluster_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// A routing table: a View compiles the routes into what a proxy looks up for each
// request, and brings it up to date from what has changed. It has all writes that
// have returned on its instance. Requests that are under way read the table that they
// were given, so a new one is made, in which only the hosts that have changed are new.
func Example_routingTable() {
	type route struct {
		Host    string `json:"host"`
		Prefix  string `json:"prefix"`
		Backend string `json:"backend"`
	}
	type table map[string][]route // of each host, the longest prefix first
	node, closeNode := exampleNode()
	defer closeNode()
	ctx := context.Background()
	routes := cluster.NewMap[route](node, tree.Path{"routes"})
	must(routes.Insert(ctx, "shop", route{"shop.example.com", "/", "10.0.0.1"}))
	must(routes.Insert(ctx, "api", route{"shop.example.com", "/api/", "10.0.0.2"}))

	whole := must(tree.Subtree(routes.Path()).Select(tree.Each(tree.Whole()).Keyed()))
	view := cluster.NewView(node, whole, func(compiled table, e cluster.Event) table {
		next := table{}
		maps.Copy(next, compiled)
		for _, change := range e.Changes() {
			var old, now route
			if change.Was && change.Old.Decode(&old) == nil {
				others := slices.Clone(next[old.Host])
				next[old.Host] = slices.DeleteFunc(others, func(r route) bool { return r == old })
			}
			if change.Is && change.New.Decode(&now) == nil { // else it is no route
				next[now.Host] = append(slices.Clone(next[now.Host]), now)
				slices.SortFunc(next[now.Host], func(a, b route) int { return cmp.Compare(len(b.Prefix), len(a.Prefix)) })
			}
		}
		return next
	})
	defer view.Close()
	backend := func(host, path string) string {
		compiled, _ := view.Get()
		for _, r := range compiled[host] {
			if strings.HasPrefix(path, r.Prefix) {
				return r.Backend
			}
		}
		return "none"
	}

	fmt.Println(backend("shop.example.com", "/cart"), backend("shop.example.com", "/api/cart"))
	must(routes.Set(ctx, "api", route{"api.example.com", "/", "10.0.0.3"}))
	fmt.Println(backend("shop.example.com", "/api/cart"), backend("api.example.com", "/cart"))
	// Output:
	// 10.0.0.1 10.0.0.2
	// 10.0.0.1 10.0.0.3
}

// Web sessions: any instance serves any user, reads sessions at memory speed, and
// lets a session live for half an hour after it was used. Only use in the second half
// of that time writes, so a session may end after fifteen minutes of silence. One
// opened on another instance a moment ago may not be here yet, so a miss is asked of
// the cluster. Whoever logs out everywhere misses no session that is opened meanwhile.
func Example_webSessions() {
	type session struct {
		User   string `json:"user"`
		Device string `json:"device"`
	}
	const idle = 30 * time.Minute
	nodes, closeAll := openInstances()
	defer closeAll()
	ctx := context.Background()
	at := func(token string) tree.Path { // who reads the tree learns no token
		sum := sha256.Sum256([]byte(token))
		return tree.Path{"sessions", hex.EncodeToString(sum[:])}
	}
	open := func(node *cluster.Node, user, device string) (token string) {
		token = rand.Text()
		must(node.Apply(ctx, cluster.Insert(at(token), session{user, device}), cluster.Expire(at(token), time.Minute)))
		return token
	}
	use := func(node *cluster.Node, token string) (session, bool) {
		ref := cluster.NewRef[session](node, at(token))
		found := must(ref.Get())
		if !found.Exists {
			found = must(ref.GetFrom(must(node.Read(ctx))))
		}
		if left, _ := node.Lease(at(token)); found.Exists && left < idle/2 {
			_, err := node.Apply(ctx, cluster.Expire(at(token), idle))
			if errors.Is(err, cluster.ErrNotFound) {
				return session{}, false // it has just ended
			} // any other error leaves it the time that it has
		}
		return found.Value, found.Exists
	}

	token := open(nodes[0], "anna", "phone")
	open(nodes[2], "anna", "laptop")
	fmt.Println(use(nodes[1], token))
	left, _ := nodes[1].Lease(at(token))
	fmt.Println(left.Round(time.Minute))

	ofAnna := tree.Field("user").Equals("anna")
	sessions := tree.Subtree(tree.Path{"sessions"})
	devices, _ := must(sessions.Select(tree.Each(tree.Fields("device")).Where(ofAnna).OrderBy("device"))).Eval(must(nodes[1].Read(ctx)))
	fmt.Println(devices)
	keys := must(sessions.Select(tree.Keys().Where(ofAnna)))
	must(nodes[1].Transact(ctx, func(tx *cluster.Tx) error {
		open, _ := tx.Query(keys)
		for _, key := range open.Elements() {
			if err := tx.Do(cluster.Remove(sessions.Path().Child(key.Str()))); err != nil {
				return err
			}
		}
		return nil
	}))
	fmt.Println(use(nodes[1], token))
	// Output:
	// {anna phone} true
	// 30m0s
	// [{"device":"laptop"},{"device":"phone"}]
	// { } false
}

// A change feed: one instance brings each change into another system, such as a
// search index, which keeps the revision up to which it has come in the transaction
// that writes a change. So whoever goes on, here or on another instance, misses none,
// and makes none twice. A feed that is behind by more than the node remembers gets
// all there is as one event, and replaces what it has. recipe.Election chooses the
// instance; should two run at once, the other system refuses the lesser revision.
func Example_changeFeed() {
	type product struct {
		Name string `json:"name"`
	}
	nodes, closeAll := openInstances()
	defer closeAll()
	ctx := context.Background()
	shop := cluster.NewMap[product](nodes[0], tree.Path{"products"})
	must(shop.Insert(ctx, "7", product{"Tent"}))
	must(shop.Insert(ctx, "8", product{"Stove"}))
	must(shop.Set(ctx, "7", product{"Tent for two"}))

	type index struct { // it stands for the other system
		revision uint64
		names    map[string]string
	}
	search := index{names: map[string]string{}}
	feed := func(node *cluster.Node, until uint64) {
		products := cluster.NewMap[product](node, tree.Path{"products"})
		for event, err := range products.Watch(ctx, cluster.EveryChange(), cluster.Since(search.revision)) {
			if errors.Is(err, cluster.ErrWrongKind) {
				continue // a product that is none; the index does not have it
			}
			if err != nil {
				log.Fatal(err)
			}
			if event.Whole {
				clear(search.names)
			}
			for _, change := range event.Changes {
				if change.Is {
					search.names[change.Key] = change.New.Name
				} else {
					delete(search.names, change.Key)
				}
				fmt.Println(event.Revision, change.Key, change.Is)
			}
			search.revision = event.Revision // committed with the above
			if event.Revision >= until {
				return // only here: the instance crashes, or the example ends
			}
		}
	}
	feed(nodes[0], 2)
	must(shop.Remove(ctx, "8"))
	feed(nodes[1], 4)
	fmt.Println(search)
	// Output:
	// 1 7 true
	// 2 8 true
	// 3 7 true
	// 4 8 false
	// {4 map[7:Tent for two]}
}
