package history_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/history"
)

func TestWriteEDN(t *testing.T) {
	request := func(number int64, function history.Function) history.Request {
		return history.Request{Number: number, Function: function, Item: "users/u1", Node: "a"}
	}
	since := func(revision uint64, r history.Request) history.Request {
		r.IfMatch = revision
		return r
	}
	linearizable := request(9, history.Get)
	linearizable.Linearizable = true
	fault := history.Request{Function: "kill", Node: "b"}
	for _, test := range []struct {
		name  string
		event history.Event
		want  string
	}{
		{"an insert", history.Event{Kind: history.Invoke, Process: 3, Request: request(1, history.Insert)},
			`:type :invoke, :process 3, :f :cas, :value ["users/u1" [:absent 1]], :node "a"}`},
		{"a write", history.Event{Kind: history.OK, Process: 3, Request: request(2, history.Put), Answer: history.Answer{Revision: 5}},
			`:type :ok, :process 3, :f :write, :value ["users/u1" 2], :node "a"}`},
		{"a write on the condition of what is known", history.Event{Kind: history.Fail, Request: since(4, request(2, history.Put)), Answer: history.Answer{Code: history.Conflict}},
			`:type :fail, :process 0, :f :cas, :value ["users/u1" [77 2]], :node "a", :error :conflict}`},
		{"an update on the condition of a removal", history.Event{Kind: history.Invoke, Request: since(6, request(2, history.Update))},
			`:f :cas, :value ["users/u1" [:absent 2]], :node "a"}`},
		{"a write on the condition of what is not known", history.Event{Kind: history.Info, Request: since(3, request(2, history.Put)), Answer: history.Answer{Detail: `no "answer"`}},
			`:type :info, :process 0, :f :write, :value ["users/u1" 2], :node "a", :error "no \"answer\""}`},
		{"a removal", history.Event{Kind: history.OK, Request: request(2, history.Remove), Answer: history.Answer{Revision: 8}},
			`:f :write, :value ["users/u1" :absent], :node "a"}`},
		{"a read that is sent", history.Event{Kind: history.Invoke, Request: linearizable},
			`:f :read, :value ["users/u1" nil], :node "a"}`},
		{"a read that finds", history.Event{Kind: history.OK, Request: linearizable, Answer: history.Answer{Found: true, Value: 2}},
			`:f :read, :value ["users/u1" 2], :node "a"}`},
		{"a read that finds nothing", history.Event{Kind: history.OK, Request: linearizable},
			`:f :read, :value ["users/u1" :absent], :node "a"}`},
		{"a read that may be old", history.Event{Kind: history.OK, Request: request(9, history.Get)},
			`:f :local-read, :value ["users/u1" :absent], :node "a"}`},
		{"what Jepsen does not know", history.Event{Kind: history.Invoke, Request: request(9, "acquire the lock")},
			`:f "acquire the lock", :value ["users/u1" 9], :node "a"}`},
		{"an item that ends by itself", history.Event{Kind: history.Invoke, Request: history.Request{Number: 9, Function: history.Put, Item: "leases/l1", Node: "a"}},
			`:f :put, :value ["leases/l1" 9], :node "a"}`},
		{"an item that ends with another one", history.Event{Kind: history.OK, Request: history.Request{Number: 9, Function: history.Get, Item: "leases/l2", Node: "a"}},
			`:f :get, :value ["leases/l2" 9], :node "a"}`},
		{"a fault", history.Event{Kind: history.Info, Process: history.Nemesis, Request: fault, Answer: history.Answer{Detail: "leader"}},
			`:type :info, :process :nemesis, :f :kill, :value ["b" "leader"]}`},
		{"what neither a client nor a fault has done", history.Event{Kind: history.Info, Process: -2, Request: history.Request{Function: "look", Node: "b"}},
			`:type :info, :process :onlooker, :f :look, :value ["b" ""]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.event.Index, test.event.Time = 4, 1500*time.Millisecond
			known := []history.Event{
				{Kind: history.OK, Request: history.Request{Function: history.Get, Item: "users/u1"}, Answer: history.Answer{Revision: 9, Found: true, Value: 77, Modified: 4}},
				{Kind: history.OK, Request: history.Request{Function: history.Remove, Item: "users/u1"}, Answer: history.Answer{Revision: 6}},
				{Kind: history.Invoke, Request: history.Request{Function: history.Insert, Item: "leases/l1", TTL: time.Second}},
				{Kind: history.Invoke, Request: history.Request{Function: history.Insert, Item: "leases/l2", While: "leases/l1"}},
			}
			var out bytes.Buffer
			if err := history.WriteEDN(&out, append(known, test.event)); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			if got := lines[4]; !strings.HasPrefix(got, "{:index 4, :time 1500000000, :type :") || !strings.HasSuffix(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestWriteEDNTellsThatItCouldNot(t *testing.T) {
	if err := history.WriteEDN(full{}, make([]history.Event, 1000)); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}
