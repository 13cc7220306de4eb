package history_test

import (
	"bytes"
	"encoding/json"
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
	transaction := history.Request{Function: history.Transact, Item: "lists1", Node: "a", Then: []history.Clause{
		{Function: history.Append, Item: "lists1/k2", Value: json.RawMessage("12")}, {Function: history.Get, Item: "lists1/k0"},
	}}
	addition := history.Request{Function: history.Transact, Item: "counters/c1", Then: []history.Clause{
		{Function: history.Add, Item: "counters/c1", Value: json.RawMessage("1")},
	}}
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
		{"a transaction that is sent", history.Event{Kind: history.Invoke, Request: transaction},
			`:f :txn, :value [[:append "lists1/k2" 12] [:r "lists1/k0" nil]], :node "a"}`},
		{"a transaction that is made", history.Event{Kind: history.OK, Request: transaction, Answer: history.Answer{Results: []json.RawMessage{json.RawMessage("null"), json.RawMessage("[4,9]")}}},
			`:f :txn, :value [[:append "lists1/k2" 12] [:r "lists1/k0" [4 9]]], :node "a"}`},
		{"a read of all lists", history.Event{Kind: history.OK, Request: history.Request{Function: history.Get, Item: "lists1", Node: "a"}, Answer: history.Answer{Whole: json.RawMessage(`{"k2":[12],"k0":[4,9]}`)}},
			`:f :txn, :value [[:r "lists1/k0" [4 9]] [:r "lists1/k2" [12]]], :node "a"}`},
		{"a counter", history.Event{Kind: history.OK, Request: history.Request{Function: history.Get, Number: 9, Item: "counters/c1", Node: "a"}, Answer: history.Answer{Found: true, Value: 2}},
			`:f :get, :value ["counters/c1" 9], :node "a"}`},
		{"a whole set", history.Event{Kind: history.OK, Request: history.Request{Function: history.Get, Number: 9, Item: "set0", Node: "a"}, Answer: history.Answer{Found: true, Whole: json.RawMessage("{}")}},
			`:f :get, :value ["set0" 9], :node "a"}`},
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
				{Kind: history.OK, Request: transaction},
				{Kind: history.OK, Request: addition, Answer: history.Answer{Revision: 12}},
				{Kind: history.Invoke, Request: history.Request{Function: history.Insert, Item: "leases/l1", TTL: time.Second}},
				{Kind: history.Invoke, Request: history.Request{Function: history.Insert, Item: "leases/l2", While: "leases/l1"}},
			}
			var out bytes.Buffer
			if err := history.WriteEDN(&out, append(known, test.event)); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			if got := lines[len(known)]; !strings.HasPrefix(got, "{:index 4, :time 1500000000, :type :") || !strings.HasSuffix(got, test.want) {
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
