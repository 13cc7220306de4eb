package web_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

func TestAWatchWithDeltasSaysWhatHasChanged(t *testing.T) {
	for name, on := range map[string]bench{"fake": onFake, "real": onReal} {
		t.Run("of a "+name+" node", func(t *testing.T) {
			on(t, func(t *testing.T, node web.Node) {
				anna := tree.Path{"users", "anna"}
				apply(t, node, cluster.Set(anna, map[string]any{"town": "a town with a long name", "tags": []string{"a", "b", "c"}}))
				client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
				w := watch(t, client, "/v1/watch?path=users.anna&delta=true", nil)
				const whole = `{"age":41,"tags":["a","b","c"],"town":"a town with a long name"}`
				w.expect("id: 4\ndata: {\"revision\":4,\"result\":" + whole + ",\"exists\":true,\"synced\":true}\n")
				apply(t, node, cluster.Set(age, "<c>"))
				w.expect(`id: 5` + "\n" + `data: {"revision":5,"patch":[{"op":"replace","path":"/age","value":"<c>"}],"exists":true,"reasons":["write"]}` + "\n")
				apply(t, node, cluster.Append(append(anna, "tags"), nil))
				w.expect(`id: 6` + "\n" + `data: {"revision":6,"patch":[{"op":"add","path":"/tags/3","value":null}],"exists":true,"reasons":["write"]}` + "\n")
				apply(t, node, cluster.Remove(anna))
				w.expect("id: 7\ndata: {\"revision\":7,\"result\":null,\"exists\":false,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Insert(anna, []int{1, 2, 3}))
				w.expect("id: 8\ndata: {\"revision\":8,\"result\":[1,2,3],\"exists\":true,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Append(anna, 4)) // the whole is shorter
				w.expect("id: 9\ndata: {\"revision\":9,\"result\":[1,2,3,4],\"exists\":true,\"reasons\":[\"write\"]}\n")
			})
		})
	}
}

// TestADeltaIsFromTheEventBefore for a client that reads slowly too, which has
// never had the results between.
func TestADeltaIsFromTheEventBefore(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		w := watch(t, client, "/v1/watch?path=&delta=true", nil)
		const writes = 20
		for i := range writes {
			apply(t, node, cluster.Set(tree.Path{"big", strconv.Itoa(i)}, strings.Repeat(string(rune('a'+i)), 100<<10)))
		}
		synctest.Wait()
		var text []byte
		var events, patches int
		for revision := 0; revision < 3+writes; events++ {
			_, data, _ := strings.Cut(w.frame(), "data: ")
			event := decode[struct {
				Revision      int
				Result, Patch json.RawMessage
				Exists        bool
				Synced        bool
				Reasons       []string
			}](t, data)
			revision = event.Revision
			if event.Patch == nil {
				text = event.Result
				continue
			}
			patches++
			patch, err := jsonpatch.DecodePatch(event.Patch)
			if err == nil {
				text, err = patch.Apply(text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		now, err := node.ReadAt(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := now.Get(nil)
		if got, err := tree.ParseJSON(text); err != nil || !got.Equal(want.Value()) {
			t.Errorf("the patches led to something else, error %v", err)
		}
		if events > writes || patches == 0 {
			t.Errorf("%d events, of which %d patches, for %d writes that nobody read", events, patches, writes)
		}
	})
}
