package web_test

import (
	"net/http"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

func TestAWatchSaysWhyAndWhatHasChanged(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		w := watch(t, client, "/v1/watch?path=users&changes=true&query=%7B%22_%22:%7B%22age%22:1%7D%7D", nil)
		w.expect(sent(3, `"result":[{"age":41},{"age":7.0}],"exists":true,"synced":true`))
		apply(t, node, cluster.Set(age, 42))
		w.expect(sent(4, `"result":[{"age":42},{"age":7.0}],"exists":true,"reasons":["write"],"changes":[{"path":"users.anna","old":{"age":41},"new":{"age":42}}]`))
		apply(t, node, cluster.Set(age, nil))
		w.expect(sent(5, `"result":[{"age":null},{"age":7.0}],"exists":true,"reasons":["write"],"changes":[{"path":"users.anna","old":{"age":42},"new":{"age":null}}]`))
		both := cluster.Transaction{Then: []cluster.Op{cluster.Remove(age), cluster.Insert(tree.Path{"users", "carl.d"}, map[string]any{"age": 1})}}
		if _, err := node.Decide(t.Context(), both); err != nil {
			t.Fatal(err)
		}
		w.expect(sent(6, `"result":[{},{"age":7.0},{"age":1}],"exists":true,"reasons":["transaction"],`+
			`"changes":[{"path":"users.anna","old":{"age":null},"new":{}},{"path":"users.\"carl.d\"","new":{"age":1}}]`))
	})
}
