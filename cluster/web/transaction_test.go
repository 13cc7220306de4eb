package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// transaction returns the exchange of a body, which starts from populate.
func transaction(name, body string) exchange {
	return exchange{name: name, request: "POST /v1/transaction " + body, status: 200}
}

func (e exchange) wants(body string) exchange {
	e.want = body
	return e
}

func (e exchange) refused(status int, code, path, says string) exchange {
	e.status, e.code, e.path, e.says = status, code, path, says
	return e
}

func (e exchange) malformed(says string) exchange { return e.refused(400, "invalid", "", says) }

// operationForms has each operation, and what it leaves at a path.
var operationForms = []struct {
	name, operation string
	result          string
	path, after     string
}{
	{"set merges", `{"set": "users.anna", "value": {"town": "Ulm"}}`, "null", "users.anna", `{"age":41,"town":"Ulm"}`},
	{"insert", `{"insert": "users.carl", "value": null}`, "null", "users.carl", "null"},
	{"update", `{"update": "users.anna", "value": {"age": 9007199254740993}}`, "null", "users.anna", `{"age":9007199254740993}`},
	{"replace", `{"replace": "users.anna", "value": []}`, "null", "users.anna", "[]"},
	{"remove", `{"remove": "users.bert"}`, "null", "users", `{"anna":{"age":41}}`},
	{"delete", `{"delete": "users.bert"}`, "null", "users", `{"anna":{"age":41}}`},
	{"delete of nothing", `{"delete": "users.carl"}`, "null", "none", "null"},
	{"add", `{"add": "users.anna.age", "value": -2}`, "39", "users.anna.age", "39"},
	{"add of a fraction", `{"add": "users.bert.age", "value": 0.5}`, "7.5", "users.bert.age", "7.5"},
	{"min", `{"min": "users.anna.age", "value": 40}`, "40", "users.anna.age", "40"},
	{"max", `{"max": "users.anna.age", "value": 40}`, "41", "users.anna.age", "41"},
	{"append", `{"append": "list", "value": {"_": "$bytes", "base64": "AP8="}}`, "0", "list", `[{"_":"$bytes","base64":"AP8="}]`},
	{"union", `{"union": "set", "values": [1, 1.0, 1, "1"]}`, "null", "set", `[1,1.0,"1"]`},
	{"difference", `{"difference": "set", "values": [1]}`, "null", "none", "null"},
	{"create", `{"create": "queue", "value": [1]}`, `"0000000000000004-0000"`, "queue", `{"0000000000000004-0000":[1]}`},
	{"the value before its operation", `{"value": 1, "set": "x"}`, "null", "x", "1"},
	{"a path of keys", `{"set": ["users", "a.b", ""], "value": 1}`, "null", `users."a.b".""`, "1"},
	{"a quoted path", `{"set": "\"a/b\".\"c+d\"", "value": false}`, "null", `"a/b"."c+d"`, "false"},
	{"the root", `{"set": "", "value": {"x": 1}}`, "null", "x", "1"},
	{"the root as no keys", `{"set": [], "value": {"x": 1}}`, "null", "x", "1"},
	{"escapes in a name", `{"s\u0065t": "x", "value": 1}`, "null", "x", "1"},
}

func TestTransactionMakesEachOperation(t *testing.T) {
	for _, test := range operationForms {
		t.Run(test.name, func(t *testing.T) {
			node := populated(t)
			handler := web.Handler(node, web.Config{})
			body := readAll(t, transaction(test.name, `{"then": [`+test.operation+`]}`).perform(t, handler).Body)
			revision := node.Status().Revision
			if want := fmt.Sprintf(`{"revision":%d,"else":false,"results":[%s]}`+"\n", revision, test.result); body != want {
				t.Errorf("answered %s, want %s", body, want)
			}
			exchange{request: fmt.Sprintf(`POST /v1/query {"path":%q}`, test.path), status: 200,
				want: fmt.Sprintf(`{"revision":%d,"result":%s,"exists":true}`, revision, test.after)}.check(t, handler)
		})
	}
}

// conditionForms has each condition, one that holds and one that does not.
var conditionForms = []struct {
	name, holds, fails string
	status             int
	code, path         string
}{
	{"exists", `{"exists": "users.anna"}`, `{"exists": "users.carl"}`, 404, "not_found", "users.carl"},
	{"missing", `{"missing": ["users", ""]}`, `{"missing": ["users", "anna"]}`, 409, "exists", "users.anna"},
	{"unmodified", `{"unmodified": "users", "since": 2}`, `{"since": 1, "unmodified": "users"}`, 412, "conflict", "users"},
	{"item-unmodified", `{"item-unmodified": "users.bert", "since": 2}`, `{"item-unmodified": "users", "since": 1}`, 412, "conflict", "users"},
	{"equals", `{"equals": "users.anna.age", "value": 41}`, `{"equals": "users.anna.age", "value": 41.0}`, 412, "conflict", "users.anna.age"},
	{"equals null", `{"equals": "none", "value": null}`, `{"equals": "users", "value": null}`, 412, "conflict", "users"},
	{"held", `{"held": "users.bert", "token": 2}`, `{"held": "users.bert", "token": 3}`, 412, "conflict", "users.bert"},
	{"matches", `{"matches": {"users": {"_": "$key"}}, "result": {"users": ["anna", "bert"]}}`,
		`{"matches": {"users": {"_": "$key"}}, "result": {"users": ["anna"]}}`, 412, "conflict", ""},
	{"matches at a path", `{"matches": {"_": {"age": 1}}, "path": "users", "result": [{"age": 41}, {"age": 7.0}]}`,
		`{"matches": {"_": {"age": 1}}, "path": ["users"], "result": [{"age": 41}, {"age": 7}]}`, 412, "conflict", "users"},
	{"matches with a path of the query", `{"matches": {"_": "$at", "path": "users.anna"}, "result": {"age": 41}}`,
		`{"matches": {"_": "$at", "path": "users.carl"}, "result": null}`, 412, "conflict", "users.carl"},
}

func TestTransactionDecidesByEachCondition(t *testing.T) {
	const then = `, "then": [{"set": "x", "value": "then"}]`
	for _, test := range conditionForms {
		t.Run(test.name, func(t *testing.T) {
			for _, e := range []exchange{
				transaction("holds", `{"if": [`+test.holds+`]`+then+`}`).wants(`{"revision":4,"else":false,"results":[null]}`),
				transaction("fails", `{"if": [`+test.holds+`, `+test.fails+`]`+then+`}`).
					refused(test.status, test.code, test.path, "condition "),
				transaction("fails with an empty else", `{"if": [`+test.fails+`], "else": []`+then+`}`).
					wants(`{"revision":3,"else":true,"results":[]}`),
				transaction("fails with an else", `{"else": [{"add": "x", "value": 5}, {"delete": "none"}], "if": [`+test.fails+`]`+then+`}`).
					wants(`{"revision":4,"else":true,"results":[5,null]}`),
			} {
				e.run(t, onFake)
			}
		})
	}
}

// decisions are transactions as a whole.
var decisions = []exchange{
	transaction("several operations", `{"then": [{"remove": "none"}, {"add": "n", "value": 1}, {"add": "n", "value": 2}, {"remove": "n"}]}`).
		wants(`{"revision":4,"else":false,"results":[null,1,3,null]}`),
	transaction("conditions alone", `{"if": [{"exists": "users"}]}`).wants(`{"revision":3,"else":false,"results":[]}`),
	transaction("nothing to do", ` { "then" : [ ] } `).wants(`{"revision":3,"else":false,"results":[]}`),
	transaction("a condition that fails", `{"if": [{"exists": "users"}, {"unmodified": "users.bert", "since": 1}], "then": []}`).
		refused(412, "conflict", "users.bert", "condition unmodified since 1 users.bert"),
	transaction("an operation that is refused", `{"then": [{"set": "x", "value": 1}, {"update": "users.carl", "value": 1}]}`).
		refused(404, "not_found", "users.carl", "update users.carl"),
	transaction("an insert of what is there", `{"then": [{"insert": "none", "value": 1}]}`).refused(409, "exists", "none", "insert none"),
	transaction("an operation on the wrong kind", `{"then": [{"set": "x", "value": 1}, {"add": "users.anna", "value": 1}]}`).
		refused(409, "wrong_kind", "users.anna", "add users.anna"),
	transaction("the wrong kind in else", `{"if": [{"exists": "x"}], "then": [], "else": [{"append": "users.anna.age", "value": 1}]}`).
		refused(409, "wrong_kind", "users.anna.age", "append users.anna.age"),
	transaction("a sum that does not fit", `{"then": [{"add": "users.anna.age", "value": 9223372036854775807}]}`).
		refused(413, "too_large", "users.anna.age", "add"),
}

// malformedTransactions are refused whatever the state is.
var malformedTransactions = []exchange{
	transaction("no JSON", `set x`).malformed("body: "),
	transaction("a name without quotes", `{then: []}`).malformed("near json byte 1"),
	transaction("half a body", `{"then": [`).malformed("ends early"),
	transaction("no object", `[]`).malformed("want an object"),
	transaction("nothing", `{}`).malformed(`neither "if" nor "then"`),
	transaction("an else alone", `{"else": []}`).malformed(`neither "if" nor "then"`),
	transaction("data after the object", `{"then": []} 1`).malformed("data after the object"),
	transaction("a closing brace too many", `{"then": []}}`).malformed("data after the object"),
	transaction("an unknown list", `{"then": [], "els": []}`).malformed(`"els" is unknown here`),
	transaction("a list in capitals", `{"Then": []}`).malformed(`"Then" is unknown here`),
	transaction("a list twice", `{"then": [], "then": []}`).malformed(`"then" appears twice`),
	transaction("a list of null", `{"then": [], "else": null}`).malformed("want an array"),
	transaction("a list that is an object", `{"then": {"set": "x", "value": 1}}`).malformed("want an array"),
	transaction("a comma too many", `{"then": [{"remove": "x"},]}`).malformed("operation 2"),
	transaction("a comma too few", `{"then": [{"remove": "x"} {"remove": "y"}]}`).malformed("body: "),
	transaction("an operation that is none", `{"then": [{"remove": "x"}, 7]}`).malformed("operation 2: invalid: near json byte"),
	transaction("an empty operation", `{"then": [{}]}`).malformed(`operation 1: invalid: want one of ["add" "append"`),
	transaction("a misspelt operation", `{"then": [{"remove": "x"}, {"sett": "x", "value": 1}]}`).malformed(`operation 2: invalid: "sett" is unknown here`),
	transaction("an operation in capitals", `{"then": [{"SET": "x", "value": 1}]}`).malformed(`"SET" is unknown here`),
	transaction("an operation of later", `{"if": [{"exists": "x"}], "then": [], "else": [{"touch": "x"}]}`).
		malformed(`else operation 1: invalid: "touch" is unknown here`),
	transaction("a condition among operations", `{"then": [{"exists": "x"}]}`).malformed(`"exists" is unknown here`),
	transaction("an operation among conditions", `{"if": [{"set": "x", "value": 1}]}`).malformed(`condition 1: invalid: "set" is unknown here`),
	transaction("two operations in one", `{"then": [{"set": "x", "add": "y", "value": 1}]}`).malformed(`["add" "set"] in one object`),
	transaction("two conditions in one", `{"if": [{"exists": "x", "missing": "y"}]}`).malformed(`["exists" "missing"] in one object`),
	transaction("an operation twice", `{"then": [{"remove": "x", "remove": "y"}]}`).malformed(`"remove" appears twice`),
	transaction("a value twice", `{"then": [{"set": "x", "value": 1, "value": 2}]}`).malformed(`"value" appears twice`),
	transaction("a missing value", `{"then": [{"set": "x"}]}`).malformed(`set needs "value"`),
	transaction("a value where none belongs", `{"then": [{"remove": "x", "value": 1}]}`).malformed(`remove takes no "value"`),
	transaction("a value of null where none belongs", `{"if": [{"exists": "x", "value": null}]}`).malformed(`exists takes no "value"`),
	transaction("values for a value", `{"then": [{"append": "x", "values": [1]}]}`).malformed(`append takes no "values"`),
	transaction("a value for values", `{"then": [{"union": "x", "value": [1]}]}`).malformed(`union takes no "value"`),
	transaction("values that are none", `{"then": [{"union": "x", "values": 1}]}`).malformed("operation 1: values: invalid: want an array"),
	transaction("a number that does not fit", `{"then": [{"set": "x", "value": 9223372036854775808}]}`).malformed("operation 1: value: json byte 0"),
	transaction("a duplicate key in a value", `{"then": [{"set": "x", "value": {"a": 1, "a": 2}}]}`).malformed(`key "a" appears twice`),
	transaction("a reserved key in a value", `{"then": [{"set": "x", "value": {"#": 1}}]}`).malformed(`key "#" is reserved`),
	transaction("bytes that are none", `{"then": [{"set": "x", "value": {"_": "$bytes", "base64": "?"}}]}`).malformed("content of bytes"),
	transaction("text that is not UTF-8", "{\"then\": [{\"set\": \"x\", \"value\": \"\xff\"}]}").malformed("not UTF-8"),
	transaction("a path that is not UTF-8", "{\"then\": [{\"remove\": \"\xff\"}]}").malformed("operation 1: remove: json byte"),
	transaction("an addition of text", `{"then": [{"remove": "none"}, {"add": "x", "value": "1"}]}`).malformed("operation 2: invalid: add takes a number"),
	transaction("a path that is none", `{"then": [{"remove": "a..b"}]}`).malformed("operation 1: remove: path byte 2"),
	transaction("a path of null", `{"then": [{"remove": null}]}`).malformed("remove: invalid: want a path"),
	transaction("a path of a number", `{"if": [{"exists": 1}]}`).malformed("condition 1: exists: invalid: want a path"),
	transaction("a path with a number", `{"then": [{"remove": ["list", 0]}]}`).malformed("key 1 of the path is of kind int"),
	transaction("a path with a reserved key", `{"then": [{"remove": ["a", "_"]}]}`).malformed(`key "_" is reserved`),
	transaction("a path that is too deep", `{"then": [{"remove": [`+strings.Repeat(`"k",`, tree.MaxDepth)+`"k"]}]}`).refused(413, "too_large", "", "path has 65 keys"),
	transaction("a path with a key that is too long", `{"then": [{"remove": [`+jsonString(tree.MaxKeyBytes+1)+`]}]}`).refused(413, "too_large", "", "remove"),
	transaction("a removal of the root", `{"then": [{"remove": ""}]}`).refused(400, "invalid", "", "the root"),
	transaction("a missing revision", `{"if": [{"unmodified": "x"}]}`).malformed(`unmodified needs "since"`),
	transaction("a revision of another kind", `{"if": [{"held": "x", "since": 1}]}`).malformed(`held takes no "since"`),
	transaction("a name without a value", `{"then": [{"set" "x"}]}`).malformed("operation 1: invalid: near json byte"),
	transaction("a value that breaks off", `{"then": [{"value": [`).malformed("ends early"),
	transaction("a path that is none, and a value", `{"then": [{"set": "a..b", "value": 1}]}`).malformed("operation 1: set: path byte 2"),
	transaction("values with a reserved key", `{"then": [{"union": "x", "values": [{"#": 1}]}]}`).malformed(`values: json byte`),
	transaction("a result with a duplicate key", `{"if": [{"matches": 1, "result": {"a": 1, "a": 2}}]}`).malformed(`condition 1: result: json byte`),
	transaction("a negative revision", `{"if": [{"unmodified": "x", "since": -1}]}`).malformed(`since "-1" is not a revision`),
	transaction("a revision with a fraction", `{"if": [{"unmodified": "x", "since": 7.0}]}`).malformed(`since "7.0" is not a revision`),
	transaction("a revision in quotes", `{"if": [{"held": "x", "token": "7"}]}`).malformed("token"),
	transaction("a query that is none", `{"if": [{"matches": 7, "result": 1}]}`).malformed("condition 1: matches: query"),
	transaction("a query without a result", `{"if": [{"matches": 1}]}`).malformed(`matches needs "result"`),
	transaction("a query at two paths", `{"if": [{"matches": {"_": "$at", "path": "a"}, "path": "b", "result": 1}]}`).malformed("the query has one too"),
	transaction("a query at a path of null", `{"if": [{"matches": 1, "path": null, "result": 1}]}`).malformed("matches: path: invalid: want a path"),
	transaction("a path where none belongs", `{"if": [{"equals": "a", "path": "b", "value": 1}]}`).malformed(`equals takes no "path"`),
}

func TestTransactionOnAFakeNode(t *testing.T) {
	for _, e := range slices.Concat(decisions, malformedTransactions) {
		e.run(t, onFake)
	}
}

func TestTransactionOnARealNode(t *testing.T) {
	runOnReal(t, slices.Concat(decisions, malformedTransactions))
}

func TestARefusedTransactionChangesNothing(t *testing.T) {
	refusalsChangeNothing(t, slices.Concat(decisions, malformedTransactions))
}

func TestATransactionTakesNoConditionOfAHeader(t *testing.T) {
	for _, name := range []string{"If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since", "If-Range"} {
		e := transaction(name, `{"then": [{"remove": "users"}]}`).malformed("header " + name)
		e.header = http.Header{name: {"*"}}
		e.run(t, onFake)
	}
}

func TestATransactionIsJSON(t *testing.T) {
	e := transaction("", `{"then": [{"remove": "users"}]}`).malformed("is not application/json")
	e.header = contentType("text/plain")
	e.check(t, web.Handler(populated(t), web.Config{}))
}

// repeated returns a list of n times the clause.
func repeated(n int, clause string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(clause+",", n), ",") + "]"
}

func TestATransactionIsAsLongAsACommandMayBe(t *testing.T) {
	const remove, exists = `{"delete":"x"}`, `{"exists":"users"}`
	for _, e := range []exchange{
		transaction("operations at the limit", `{"then":`+repeated(fsm.MaxOperations, remove)+`}`).
			wants(`{"revision":3,"else":false,"results":` + repeated(fsm.MaxOperations, "null") + `}`),
		transaction("one operation too many", `{"then":`+repeated(fsm.MaxOperations+1, remove)+`}`).
			refused(413, "too_large", "", "more than 4096 of the kind operation"),
		transaction("one too many in both branches", `{"then":`+repeated(2, remove)+`,"else":`+repeated(fsm.MaxOperations-1, remove)+`}`).
			refused(413, "too_large", "", "4097 operations"),
		transaction("one condition too many", `{"if":`+repeated(fsm.MaxOperations+1, exists)+`}`).
			refused(413, "too_large", "", "more than 4096 of the kind condition"),
		transaction("a value as deep as a tree", `{"then":[{"set":"","value":`+nested(tree.MaxDepth)+`}]}`).
			wants(`{"revision":4,"else":false,"results":[null]}`),
		transaction("a value that is deeper", `{"then":[{"set":"","value":`+nested(tree.MaxDepth+1)+`}]}`).
			refused(413, "too_large", "", "operation 1: value"),
	} {
		e.run(t, onFake)
	}
}

// nested returns a value with n levels beneath its own.
func nested(n int) string { return strings.Repeat(`{"k":`, n) + "1" + strings.Repeat("}", n) }

// TestEveryOperationAndConditionHasAForm fails when package fsm has learned one
// that cannot be written here.
func TestEveryOperationAndConditionHasAForm(t *testing.T) {
	check := func(list, name string) {
		body := `{"` + list + `": [{"` + name + `": "x"}]}`
		answer := readAll(t, transaction(name, body).perform(t, web.Handler(newFakeNode(), web.Config{})).Body)
		if strings.Contains(answer, "is unknown here") {
			t.Errorf("%s: %s", name, answer)
		}
	}
	for kind := fsm.OpSet; !strings.Contains(kind.String(), "("); kind++ {
		check("then", kind.String())
	}
	for kind := fsm.CondExists; !strings.Contains(kind.String(), "("); kind++ {
		if kind != fsm.CondResult { // "matches" here, since it has a "result" beside it
			check("if", kind.String())
		}
	}
}

func TestTransactionThroughAnyNodeOfACluster(t *testing.T) {
	withCluster(t, 3, func(t *testing.T, nodes []*cluster.Node) {
		on := func(i int) http.Handler { return web.Handler(nodes[i], web.Config{}) }
		exchange{request: `PUT /v1/state/accounts {"anna": 100, "bert": 0}`, status: 200, want: `{"revision":1}`}.check(t, on(0))
		const transfer = `{"if": [{"matches": 1, "path": "accounts", "result": {"anna": %d, "bert": %d}}],
			"then": [{"add": "accounts.anna", "value": -30}, {"add": "accounts.bert", "value": 30}, {"create": "transfers", "value": 30}],
			"else": [{"add": "refused", "value": 1}]}`
		transaction("transfer", fmt.Sprintf(transfer, 100, 0)).
			wants(`{"revision":2,"else":false,"results":[70,30,"0000000000000002-0000"]}`).check(t, on(1))
		transaction("the same again", fmt.Sprintf(transfer, 100, 0)).
			wants(`{"revision":3,"else":true,"results":[1]}`).check(t, on(2))
		transaction("half of it", `{"then": [{"add": "accounts.anna", "value": 1}, {"append": "accounts.bert", "value": 1}]}`).
			refused(409, "wrong_kind", "accounts.bert", "append accounts.bert").check(t, on(1))
		exchange{request: "GET /v1/state/accounts?read=linearizable", status: 200,
			want: `{"revision":3,"value":{"anna":70,"bert":30},"modified":2,"version":1}`}.check(t, on(0))
	})
}
