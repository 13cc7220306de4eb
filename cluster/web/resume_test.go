package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// from is the header of a client that has seen a revision.
func from(revision uint64) http.Header {
	return http.Header{"Last-Event-Id": {fmt.Sprint(revision)}}
}

// marked is the frame of an event without a result.
func marked(name string, revision uint64) string {
	synced := ""
	if name == "synced" {
		synced = `,"synced":true`
	}
	return fmt.Sprintf("event: %s\nid: %d\ndata: {\"revision\":%d%s}\n", name, revision, revision, synced)
}

// sent is the frame of an event with a result, or a patch, and all that follows
// it.
func sent(revision uint64, data string) string {
	return fmt.Sprintf("id: %d\ndata: {\"revision\":%d,%s}\n", revision, revision, data)
}

func TestAResumedWatchSaysWhatIsNewAlone(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		const target = "/v1/watch?path=users.anna"
		w := watch(t, client, target, from(3))
		w.expect(marked("synced", 3))
		apply(t, node, cluster.Set(tree.Path{"beside"}, 1))
		watch(t, client, target, from(3)).expect(marked("synced", 4))
		watch(t, client, target+"&since=2", nil).expect(marked("synced", 4))
		apply(t, node, cluster.Set(age, 42))
		w.expect(sent(5, `"result":{"age":42},"exists":true,"reasons":["write"]`))

		missed := sent(5, `"result":{"age":42},"exists":true,"synced":true`)
		watch(t, client, target, from(4)).expect(missed)
		watch(t, client, target+"&since=4", nil).expect(missed)
		watch(t, client, target+"&since=5", from(4)).expect(missed)
		watch(t, client, target+"&since=4", from(5)).expect(marked("synced", 5))
		watch(t, client, target+"&since=0&changes=true", nil).
			expect(sent(5, `"result":{"age":42},"exists":true,"synced":true,"changes":[{"path":"users.anna","new":{"age":42}}]`))
		watch(t, client, "/v1/watch?path=nowhere&since=0", nil).expect(marked("synced", 5))
	})
}

func TestAResumedWatchNeverGoesBack(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		written := make(chan struct{})
		time.AfterFunc(3*time.Second, func() {
			defer close(written)
			apply(t, node, cluster.Set(age, 42))
		})
		watch(t, client, "/v1/watch?path=users.anna.age", from(4)).expect(marked("synced", 4))
		<-written
	})
	onFake(t, func(t *testing.T, node web.Node) {
		start, handler := time.Now(), web.Handler(node, web.Config{})
		exchange{request: "GET /v1/watch?path=none&timeout=5s", header: from(4), status: 504, code: "timeout"}.check(t, handler)
		exchange{request: "GET /v1/watch?path=none&timeout=5s&since=4", status: 504, code: "timeout"}.check(t, handler)
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestAResumedWatchWithDeltas(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		anna := tree.Path{"users", "anna"}
		apply(t, node, cluster.Set(anna, map[string]any{"town": "a town with quite a long name"}))
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		const target = "/v1/watch?path=users.anna&delta=true"
		unchanged := watch(t, client, target, from(4))
		unchanged.expect(marked("synced", 4))
		apply(t, node, cluster.Set(age, 42))
		const patched = `"patch":[{"op":"replace","path":"/age","value":42}],"exists":true,"reasons":["write"]`
		unchanged.expect(sent(5, patched))
		const whole = `"result":{"age":42,"town":"a town with quite a long name"},"exists":true`
		watch(t, client, target, from(4)).expect(sent(5, whole+`,"synced":true`))
		watch(t, client, target+"&every=true", from(4)).expect(sent(5, whole+`,"reasons":["write"]`), marked("synced", 5))
	})
}

func TestAWatchOfEveryChangeGoesOnAtAnotherNode(t *testing.T) {
	withCluster(t, 2, func(t *testing.T, nodes []*cluster.Node) {
		populate(t, nodes[0])
		first := watch(t, serve(t, &http.Server{Handler: web.Handler(nodes[0], web.Config{})}), "/v1/watch?path=users.anna.age&every=true", nil)
		first.expect(sent(3, `"result":41,"exists":true,"synced":true`))
		apply(t, nodes[0], cluster.Set(age, 42))
		first.expect(sent(4, `"result":42,"exists":true,"reasons":["write"]`))
		first.response.Body.Close()

		apply(t, nodes[0], cluster.Set(age, 43))
		apply(t, nodes[0], cluster.Set(tree.Path{"beside"}, 1))
		apply(t, nodes[0], cluster.Set(age, 42))
		apply(t, nodes[0], cluster.Set(tree.Path{"beside"}, 2))
		if _, err := nodes[1].ReadAt(t.Context(), 8); err != nil {
			t.Fatal(err)
		}
		second := watch(t, serve(t, &http.Server{Handler: web.Handler(nodes[1], web.Config{})}), "/v1/watch?path=users.anna.age&every=true&changes=true", from(4))
		second.expect(
			sent(5, `"result":43,"exists":true,"reasons":["write"],"changes":[{"path":"users.anna.age","old":42,"new":43}]`),
			sent(7, `"result":42,"exists":true,"reasons":["write"],"changes":[{"path":"users.anna.age","old":43,"new":42}]`),
			marked("synced", 8),
		)
		second.response.Body.Close()
	})
}

// TestANodeThatDoesNotRememberSaysSo whichever way the client wants it.
func TestANodeThatDoesNotRememberSaysSo(t *testing.T) {
	onReal(t, func(t *testing.T, node web.Node) {
		const writes = 40 // of a megabyte each
		for i := range writes {
			apply(t, node, cluster.Set(tree.Path{"big"}, strings.Repeat(string(rune('!'+i)), 1<<20)))
		}
		handler := web.Handler(node, web.Config{})
		client := serve(t, &http.Server{Handler: handler})
		reset := sent(3+writes, `"result":41,"exists":true,"synced":true,"reset":true`)
		for _, delivery := range []string{"", "&every=true", "&delta=true", "&changes=true", "&only-changes=true"} {
			watch(t, client, "/v1/watch?path=users.anna.age"+delivery, from(3)).expect(reset)
		}
		exchange{
			request: "GET /v1/watch?path=users&end-when-slow=true&since=3", status: 410, code: "slow", path: "users", says: "may have been missed",
		}.check(t, handler)
	})
}

func TestAWatchThatIsTooSlowEndsWithAnError(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		w := watch(t, client, "/v1/watch?path=none&end-when-slow=true", nil)
		w.expect(sent(3, `"result":null,"exists":true,"synced":true`))
		node.fail(&cluster.Error{Operation: "watch", Path: tree.Path{"none"}, Err: cluster.ErrSlow})
		text, ok := strings.CutPrefix(w.frame(), "event: error\ndata: ")
		if got := decode[problem](t, text); !ok || got.Status != 410 || got.Code != "slow" || got.Path != "none" {
			t.Errorf("%+v", got)
		}
		w.expect("EOF")
	})
}
