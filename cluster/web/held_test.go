package web_test

import (
	"testing"

	"example.com/gstate/cluster/web"
)

// heldWrites are writes under the condition that an item is still the one that
// a revision has created. users.bert was created by 2, and "a/b" by 1.
var heldWrites = []exchange{
	{name: "set while it is held", request: `PUT /v1/state/report?if-held=users.bert:2 1`, status: 200, want: `{"revision":4}`},
	{name: "insert while it is held", request: `POST /v1/state/report?if-held=users.bert:2&ttl=1m 1`, status: 201, want: `{"revision":4}`},
	{name: "update while it is held", request: `PATCH /v1/state/none?if-held=%22a/b%22:1 1`, status: 200, want: `{"revision":4}`},
	{name: "remove of the held item itself", request: `DELETE /v1/state/users/bert?if-held=users.bert:2`, status: 200, want: `{"revision":4}`},
	{name: "the token of a former holder", request: `PUT /v1/state/report?if-held=users.bert:1 1`, status: 412, code: "conflict", path: "users.bert"},
	{name: "nobody holds it", request: `PUT /v1/state/report?if-held=users.carl:2 1`, status: 404, code: "not_found", path: "users.carl"},
	{name: "remove with the token of a former holder", request: `DELETE /v1/state/users?if-held=users.bert:1`, status: 412,
		code: "conflict", path: "users.bert"},
	{name: "beside a condition of the header", request: `PUT /v1/state/none?if-held=users.bert:2 1`, header: match("2"), status: 412,
		code: "conflict", path: "none"},
	{name: "without a token", request: `PUT /v1/state/report?if-held=users.bert 1`, status: 400, code: "invalid", says: "such as locks.a:17"},
	{name: "a token that is none", request: `PUT /v1/state/report?if-held=users.bert:x 1`, status: 400, code: "invalid", says: `token of if-held "x"`},
	{name: "a path that is none", request: `PUT /v1/state/report?if-held=users..bert:2 1`, status: 400, code: "invalid", says: "parameter if-held"},
	{name: "twice", request: `PUT /v1/state/report?if-held=users.bert:2&if-held=none:3 1`, status: 400, code: "invalid", says: "given 2 times"},
	{name: "at a read", request: `GET /v1/state/users?if-held=users.bert:2`, status: 400, code: "invalid", says: `"if-held" is unknown`},
}

func TestWritesUnderALockOfAFakeNode(t *testing.T) {
	for _, e := range heldWrites {
		e.run(t, onFake)
	}
}

func TestWritesUnderALockOfARealNode(t *testing.T) { runOnReal(t, heldWrites) }

func TestRefusedWritesUnderALockChangeNothing(t *testing.T) {
	refusalsChangeNothing(t, heldWrites)
}

func TestKeyOfALockMayHaveAColon(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{})
		exchange{request: "POST /v1/state/locks/a:1 true", status: 201, want: `{"revision":4}`}.check(t, handler)
		exchange{request: "PUT /v1/state/report?if-held=locks.%22a:1%22:4 1", status: 200, want: `{"revision":5}`}.check(t, handler)
	})
}
