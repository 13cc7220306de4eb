package web_test

import (
	"net/http"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// TestAWatchOfOnlyChangesHasTheResultWhereTheyDoNotLead: in the first event, but not
// where a client goes on from what it has.
func TestAWatchOfOnlyChangesHasTheResultWhereTheyDoNotLead(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		const target = "/v1/watch?path=users.anna&only-changes=true"
		w := watch(t, client, target, nil)
		w.expect(sent(3, `"result":{"age":41},"exists":true,"synced":true`))
		apply(t, node, cluster.Set(age, 42))
		const grown = `"exists":true,"reasons":["write"],"changes":[{"path":"users.anna.age","old":41,"new":42}]`
		w.expect(sent(4, grown))
		apply(t, node, cluster.Remove(tree.Path{"users", "anna"}))
		const gone = `"exists":false,"reasons":["write"],"changes":[{"path":"users.anna","old":{"age":42}}]`
		w.expect(sent(5, gone))
		apply(t, node, cluster.Set(age, 1))
		w.expect(sent(6, `"exists":true,"reasons":["write"],"changes":[{"path":"users.anna","new":{"age":1}}]`))

		watch(t, client, target+"&every=true", from(3)).expect(sent(4, grown), sent(5, gone))
		watch(t, client, target, from(6)).expect(marked("synced", 6))
		nothing := watch(t, client, "/v1/watch?path=nowhere&only-changes=true&delta=true", nil)
		nothing.expect(sent(6, `"result":null,"exists":false,"synced":true`))
		apply(t, node, cluster.Set(tree.Path{"nowhere"}, 1))
		nothing.expect(sent(7, `"exists":true,"reasons":["write"],"changes":[{"path":"nowhere","new":1}]`))
	})
}

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
