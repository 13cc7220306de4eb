package cluster_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestIndexGivesWhatIsThereAfterEachWrite(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		random := rand.New(rand.NewPCG(1, 2))
		node := v.nodes[v.follower()]
		if _, err := node.Set(within(t, time.Minute), path("users", "u0"), map[string]any{"age": 1}); err != nil {
			t.Fatal(err)
		}
		remove, err := node.AddIndex(path("users"), "age")
		if err != nil {
			t.Fatal(err)
		}
		queries := []tree.Query{
			parseQuery(t, `{"users":{"_":"$key","where":{"age":7}}}`),
			parseQuery(t, `{"users":{"_":"$key","where":{"age":{">=":3,"<":6}}}}`),
			parseQuery(t, `{"users":{"_":1,"order":{"desc":"age"},"limit":3}}`),
			parseQuery(t, `{"users":{"_":"$count","where":{"age":{"exists":false}}}}`),
		}
		for step := range 100 {
			key := fmt.Sprint("u", random.IntN(30))
			op := cluster.Set(path("users", key), map[string]any{"age": random.IntN(10)})
			if random.IntN(5) == 0 {
				op = cluster.Delete(path("users", key))
			}
			if random.IntN(7) == 0 {
				op = cluster.Set(path("users", key), map[string]any{"name": "x"})
			}
			if _, err := node.Apply(within(t, time.Minute), op); err != nil {
				t.Fatal(err)
			}
			for _, query := range queries {
				want, _ := query.Eval(node.Tree())
				if got, ok := node.Eval(query); !ok || !got.Equal(want) {
					t.Fatalf("step %d: %v gave %v, want %v", step, query, got, want)
				}
			}
			if step == 80 {
				remove()
				remove()
			}
		}
	})
}

func TestIndexThatCannotBe(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		var typed *cluster.Error
		_, err := v.nodes["a"].AddIndex(path("users"), "a..b")
		if !errors.Is(err, cluster.ErrInvalid) || !errors.As(err, &typed) {
			t.Errorf("error %v", err)
		}
	})
}
