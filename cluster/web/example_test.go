package web_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/transport/memnet"
)

// A service mounts the handler beneath a prefix of its own server, and any
// HTTP client reads and writes the state.
func ExampleHandler() {
	dir, err := os.MkdirTemp("", "gstate")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	node, err := cluster.Open(context.Background(), cluster.Config{
		ID:               "a",
		Peers:            []cluster.Peer{{ID: "a", Address: "a:7001"}},
		Dir:              dir,
		Network:          memnet.New().Host("a"), // left out, it is TCP
		HeartbeatTimeout: 50 * time.Millisecond,
		ElectionTimeout:  50 * time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer node.Close()

	server := httptest.NewServer(http.StripPrefix("/gstate", web.Handler(node, web.Config{})))
	defer server.Close()

	send := func(method, path, body string) {
		request, err := http.NewRequest(method, server.URL+"/gstate"+path, strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			log.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		fmt.Print(response.StatusCode, " ", string(answer))
		if err != nil {
			log.Fatal(err)
		}
	}
	send("POST", "/v1/state/users/anna", `{"age": 41}`)
	send("PATCH", "/v1/state/users/anna", `{"town": "Ulm"}`)
	send("GET", "/v1/state/users/anna?read=linearizable", "")
	send("POST", "/v1/transaction", `{"if": [{"exists": "users.anna"}], "then": [{"add": "users.anna.age", "value": 1}, {"append": "log", "value": "birthday"}]}`)
	send("DELETE", "/v1/state/users/anna", "")
	send("PATCH", "/v1/state/users/anna", `{"age": 42}`)
	// Output:
	// 201 {"revision":1}
	// 200 {"revision":2}
	// 200 {"revision":2,"value":{"age":41,"town":"Ulm"},"modified":2,"version":2}
	// 200 {"revision":3,"else":false,"results":[42,0]}
	// 200 {"revision":4}
	// 404 {"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"update users.anna: item not found (revision 4)","path":"users.anna","revision":4}
}
