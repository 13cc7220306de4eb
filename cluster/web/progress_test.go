package web_test

import (
	"net/http"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

func TestAQuietWatchTellsHowFarItIs(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{KeepAlive: time.Hour})})
		w := watch(t, client, "/v1/watch?path=users.anna.age&progress=10s", nil)
		w.expect(sent(3, `"result":41,"exists":true,"synced":true`))
		start := time.Now()
		w.expect(marked("progress", 3))
		apply(t, node, cluster.Set(tree.Path{"beside"}, 1))
		w.expect(marked("progress", 4))
		if waited := time.Since(start); waited < 20*time.Second || waited > 21*time.Second {
			t.Errorf("two marks after %v", waited)
		}
		apply(t, node, cluster.Set(age, 42))
		w.expect(sent(5, `"result":42,"exists":true,"reasons":["write"]`))
	})
}

// TestMarksOfProgressLeaveDeltasAsTheyAre since they have no result.
func TestMarksOfProgressLeaveDeltasAsTheyAre(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{KeepAlive: time.Hour})})
		w := watch(t, client, "/v1/watch?path=users.bert&delta=true&progress=1s", nil)
		w.expect(sent(3, `"result":{"age":7.0,"key":{"_":"$bytes","base64":"AP8="}},"exists":true,"synced":true`), marked("progress", 3))
		apply(t, node, cluster.Delete(tree.Path{"users", "bert", "key"}))
		w.expect(sent(4, `"result":{"age":7.0},"exists":true,"reasons":["write"]`)) // shorter than a patch
		w.expect(marked("progress", 4))
	})
}
