package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"testing"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/history"
)

// answering returns a handler that gives each path its own answer.
func answering(answers map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, body)
	}
}

func TestADumpHoldsTheNumbersOfAllItems(t *testing.T) {
	nodes := serving(t, answering(map[string]string{
		"/v1/state/": `{"revision":9,"modified":9,"value":{"set":{"s1":4,"s2":5},"users":{"u1":{"write":6}},"empty":{},"lists":{"k":[7]},"bank":{"a1":{"balance":8,"by":9}}}}`,
		"/v1/status": `{"id":"a","role":"leader","ready":true,"revision":9,"digest":"d"}`,
	}))
	dump, err := nodes.Dump(t.Context(), "a", 9)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"set/s1": 4, "set/s2": 5, "users/u1": 6}
	if dump.Node != "a" || dump.Revision != 9 || dump.Digest != "d" || !maps.Equal(dump.Items, want) {
		t.Errorf("got %+v, want items %v", dump, want)
	}
	if !bytes.Contains(dump.Root, []byte(`"lists":{"k":[7]}`)) {
		t.Errorf("the whole is %s", dump.Root)
	}
}

func TestADumpIsRefusedThatMakesNoSense(t *testing.T) {
	const status = `{"id":"a","revision":9,"digest":"d"}`
	for name, answers := range map[string]map[string]string{
		"no root":                       {"/v1/status": status},
		"a root that is no object":      {"/v1/status": status, "/v1/state/": `{"revision":9,"value":[1]}`},
		"a leaf at the root":            {"/v1/status": status, "/v1/state/": `{"revision":9,"value":{"set":1}}`},
		"a revision that has gone on":   {"/v1/status": status, "/v1/state/": `{"revision":8,"value":{}}`},
		"a status that is not there":    {"/v1/state/": `{"revision":9,"value":{}}`},
		"a root that is no JSON at all": {"/v1/status": status, "/v1/state/": `<html>`},
	} {
		t.Run(name, func(t *testing.T) {
			dump, err := serving(t, answering(answers)).Dump(t.Context(), "a", 9)
			if !errors.Is(err, client.ErrUnexpected) {
				t.Errorf("got %+v, %v", dump, err)
			}
		})
	}
}

func TestTheLeaderIsTheOneOfTheNewestTerm(t *testing.T) {
	terms := map[string]string{
		"a": `{"id":"a","role":"leader","term":3}`,
		"b": `{"id":"b","role":"leader","term":4}`,
		"c": `{"id":"c","role":"follower","term":5}`,
	}
	nodes := client.New(map[string]string{"a": "http://a", "b": "http://b", "c": "http://c", "down": "http://down"},
		roundTrip(func(r *http.Request) (string, error) {
			if r.URL.Host == "down" {
				return "", errors.New("no connection")
			}
			return terms[r.URL.Host], nil
		}))
	for _, test := range []struct {
		name  string
		nodes []string
		want  string
	}{
		{"two claim it", []string{"a", "b", "c"}, "b"},
		{"in another order", []string{"b", "a"}, "b"},
		{"one cannot be reached", []string{"down", "a"}, "a"},
		{"nobody claims it", []string{"c", "down"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := nodes.Leader(t.Context(), test.nodes); got != test.want {
				t.Errorf("leader %q, want %q", got, test.want)
			}
		})
	}
}

func ExampleClient() {
	cluster := fake.New([]string{"a", "b", "c"}, fake.None)
	for _, id := range cluster.IDs() {
		if err := cluster.Start(id); err != nil {
			fmt.Println(err)
		}
	}
	nodes := client.New(cluster.Addresses(), cluster)
	ctx := context.Background()
	insert := history.Request{Number: 1, Function: history.Insert, Node: "a", Item: "set/s1"}
	kind, answer := nodes.Do(ctx, insert)
	fmt.Println(kind, answer.Revision)
	kind, answer = nodes.Do(ctx, insert)
	fmt.Println(kind, answer.Code)
	// Output:
	// ok 1
	// fail exists
}
