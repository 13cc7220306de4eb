package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// sample is a tree of revision 9 in which nothing was changed after revision 7 but
// users/u1, at revision 9.
func sample(t *testing.T) *model.Tree {
	t.Helper()
	tree := model.New()
	for _, step := range []struct {
		revision uint64
		change   history.Change
	}{
		{7, history.Change{Path: "users", New: json.RawMessage(`{"u1":{"write":1}}`)}},
		{7, history.Change{Path: "lists", New: json.RawMessage(`{"k1":[4,5]}`)}},
		{7, history.Change{Path: "counters.c1", New: json.RawMessage(`3`)}},
		{7, history.Change{Path: "bank", New: json.RawMessage(`{"a0":{"balance":10},"a1":{"balance":30}}`)}},
		{9, history.Change{Path: "users.u1.write", Old: json.RawMessage(`1`), New: json.RawMessage(`2`)}},
	} {
		if err := tree.Follow([]history.Change{step.change}, step.revision); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }

// then returns a transaction of one operation.
func then(function history.Function, item, value string) history.Request {
	return history.Request{Function: history.Transact, Then: []history.Clause{{Function: function, Item: item, Value: raw(value)}}}
}

// given returns a transaction with one condition.
func given(clause history.Clause) history.Request {
	request := then(history.Set, "x/y", "1")
	request.If = []history.Clause{clause}
	return request
}

func rich(than int) history.Clause {
	query := fmt.Sprintf(`{"_":"$count","where":{"$key":{"!=":"a9"},"balance":{">=":%d}},"limit":1}`, than)
	return history.Clause{Function: history.Matches, Item: "bank", Query: raw(query), Result: raw("1")}
}

func TestEffectsAreThoseOfTheContract(t *testing.T) {
	for _, test := range []struct {
		name    string
		request history.Request
		want    string
		results string
	}{
		{"insert", history.Request{Number: 5, Function: history.Insert, Item: "set/s1"}, "set/s1 is 5", "[null]"},
		{"insert of a field", history.Request{Number: 5, Function: history.Insert, Item: "users/u2", Field: "write"}, "users/u2/write is 5", "[null]"},
		{"update", history.Request{Number: 5, Function: history.Update, Item: "users/u1", Field: "write", IfMatch: 9}, "users/u1/write is 5", "[null]"},
		{"put of another field", history.Request{Number: 5, Function: history.Put, Item: "users/u1", Field: "other"}, "users/u1/other is 5", "[null]"},
		{"remove", history.Request{Function: history.Remove, Item: "users/u1"}, "users/u1/write is gone", "[null]"},
		{"append", then(history.Append, "lists/k1", "6"), "lists/k1/2 is 6", "[2]"},
		{"append to nothing", then(history.Append, "lists/k2", "6"), "lists/k2/0 is 6", "[0]"},
		{"add", then(history.Add, "counters/c1", "-4"), "counters/c1 is -1", "[-1]"},
		{"add to nothing", then(history.Add, "counters/c2", "1"), "counters/c2 is 1", "[1]"},
		{"set of an object", then(history.Set, "bank/a0", `{"by":7}`), "bank/a0/by is 7", "[null]"},
		{"a read", then(history.Get, "lists/k1", ""), "", "[[4,5]]"},
		{"two appends to one list", history.Request{Function: history.Transact, Then: []history.Clause{
			{Function: history.Append, Item: "lists/k1", Value: raw("6")}, {Function: history.Append, Item: "lists/k1", Value: raw("7")},
		}}, "lists/k1/2 is 6, lists/k1/3 is 7", "[2,3]"},
		{"missing", given(history.Clause{Function: history.Missing, Item: "users/u2"}), "x/y is 1", "[null]"},
		{"unmodified", given(history.Clause{Function: history.Unmodified, Item: "users/u1", Since: 9}), "x/y is 1", "[null]"},
		{"a count that is reached", given(rich(30)), "x/y is 1", "[null]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := sample(t)
			effect, refusal, results, err := tree.Decide(test.request)
			if err != nil || refusal.Code != "" {
				t.Fatalf("refused: %v, %v", refusal, err)
			}
			text, err := json.Marshal(results)
			if got := tree.Changed(effect).String(); got != test.want || string(text) != test.results || err != nil {
				t.Errorf("got  %s with %s, %v\nwant %s with %s", got, text, err, test.want, test.results)
			}
		})
	}
}

func TestRefusalsAreThoseOfTheContract(t *testing.T) {
	for _, test := range []struct {
		name    string
		request history.Request
		want    model.Refusal
	}{
		{"insert", history.Request{Function: history.Insert, Item: "users/u1"}, model.Refusal{Code: history.Exists, Revision: 9}},
		{"update", history.Request{Function: history.Update, Item: "users/u2"}, model.Refusal{Code: history.NotFound, Revision: 9}},
		{"remove", history.Request{Function: history.Remove, Item: "users/u2"}, model.Refusal{Code: history.NotFound, Revision: 9}},
		{"changed since", history.Request{Function: history.Put, Item: "users/u1", IfMatch: 8}, model.Refusal{Code: history.Conflict, Revision: 9}},
		{"gone since", history.Request{Function: history.Put, Item: "users/u2", IfMatch: 8}, model.Refusal{Code: history.NotFound, Revision: 9}},
		{"missing", given(history.Clause{Function: history.Missing, Item: "lists/k1"}), model.Refusal{Code: history.Exists, Revision: 7}},
		{"a count that is not reached", given(rich(31)), model.Refusal{Code: history.Conflict, Revision: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, refusal, err := sample(t).Effect(test.request)
			if refusal != test.want || err != nil {
				t.Errorf("got %+v, %v, want %+v", refusal, err, test.want)
			}
		})
	}
}

func TestWhatTheModelDoesNotKnowIsAnError(t *testing.T) {
	unknownQuery, unknownOperator := rich(1), rich(1)
	unknownQuery.Query = raw(`{"_":"$key"}`)
	unknownOperator.Query = raw(`{"_":"$count","where":{"balance":{"<":1}}}`)
	for name, request := range map[string]history.Request{
		"a read":       {Function: history.Get, Item: "users/u1"},
		"an operation": then("expire", "users/u1", "1"),
		"a sum":        then(history.Add, "lists/k1", "1"),
		"a condition":  given(history.Clause{Function: "held", Item: "users/u1"}),
		"a query":      given(unknownQuery),
		"an operator":  given(unknownOperator),
	} {
		if effect, _, err := sample(t).Effect(request); !errors.Is(err, model.ErrUnknown) {
			t.Errorf("%s gives %v, %v", name, effect, err)
		}
	}
}

// TestWhatWasChangedBeforeATreeBeganIsNotKnown: only that it was no later.
func TestWhatWasChangedBeforeATreeBeganIsNotKnown(t *testing.T) {
	tree, err := model.Parse(10, raw(`{"users":{"u1":{"write":2},"u2":{"write":3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Follow([]history.Change{{Path: "users.u2.write", Old: raw("3"), New: raw("4")}}, 11); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		item  string
		since uint64
		code  string
		known bool
	}{
		{"users/u1", 9, "", false}, {"users/u1", 10, "", true}, {"users/u1", 11, "", true},
		{"users/u2", 9, history.Conflict, true}, {"users/u2", 10, history.Conflict, true}, {"users/u2", 11, "", true},
		{"users/u3", 9, history.NotFound, true},
	} {
		_, refusal, err := tree.Effect(history.Request{Function: history.Put, Item: test.item, IfMatch: test.since})
		if refusal.Code != test.code || (err == nil) != test.known || err != nil && !errors.Is(err, model.ErrUnknown) {
			t.Errorf("%s, unmodified since %d: %q, %v, want %q, known %v", test.item, test.since, refusal.Code, err, test.code, test.known)
		}
	}
}

func TestChangesLeadFromStateToState(t *testing.T) {
	tree := sample(t)
	err := tree.Follow([]history.Change{
		{Path: `users."u.2"`, New: raw(`{"write":3}`)},
		{Path: "lists.k1.2", New: raw("6")},
		{Path: "bank.a0", Old: raw(`{"balance":10}`)},
	}, 10)
	if err != nil {
		t.Fatal(err)
	}
	whole, modified := tree.Get("")
	text, err := json.Marshal(whole.JSON)
	const want = `{"bank":{"a1":{"balance":30}},"counters":{"c1":3},"lists":{"k1":[4,5,6]},"users":{"u.2":{"write":3},"u1":{"write":2}}}`
	if string(text) != want || err != nil || modified != 10 || tree.Revision != 10 {
		t.Errorf("got  %s of %d, %v\nwant %s of 10", text, modified, err, want)
	}
	for item, want := range map[string]uint64{"bank": 10, "bank/a1": 7, "lists/k1": 10, "lists/k1/0": 7, "users/u1": 9} {
		if _, modified := tree.Get(item); modified != want {
			t.Errorf("%s was modified at %d, want %d", item, modified, want)
		}
	}
	parsed, err := model.Parse(10, text)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := parsed.Get(""); !reflect.DeepEqual(again, whole) {
		t.Errorf("parsed again it is %v", again)
	}
}

func TestALeafBecomesAnObjectWhenSomethingStandsBeneathIt(t *testing.T) {
	for _, test := range []struct{ whole, path, want string }{
		{`{"a":1}`, "a.b", `{"a":{"b":2}}`},
		{`{"a":1}`, "a.b.c", `{"a":{"b":{"c":2}}}`},
		{`1`, "a", `{"a":2}`},
	} {
		tree, err := model.Parse(4, raw(test.whole))
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Follow([]history.Change{{Path: test.path, New: raw("2")}}, 5); err != nil {
			t.Errorf("%s in %s: %v", test.path, test.whole, err)
		}
		if whole, _ := tree.Get(""); !reflect.DeepEqual(whole.JSON, parsed(t, test.want)) {
			t.Errorf("%s in %s gives %v, want %s", test.path, test.whole, whole.JSON, test.want)
		}
	}
}

// parsed returns the value of a text, as trees hold it.
func parsed(t *testing.T, text string) any {
	t.Helper()
	tree, err := model.Parse(0, raw(text))
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := tree.Get("")
	return whole.JSON
}

func TestAnEffectThatIsMadeIsWhatAFeedTells(t *testing.T) {
	tree := sample(t)
	twin := tree.Clone()
	effect, _, err := tree.Effect(then(history.Append, "lists/k1", "6"))
	if err != nil {
		t.Fatal(err)
	}
	told, err := model.Told([]history.Change{{Path: "lists.k1.2", New: raw("6")}})
	if err != nil || !reflect.DeepEqual(told, tree.Changed(effect)) {
		t.Errorf("told %v, %v, made %v", told, err, tree.Changed(effect))
	}
	tree.Make(effect, 10)
	if now, _ := tree.Get("lists/k1"); len(now.JSON.([]any)) != 3 {
		t.Errorf("made %v", now)
	}
	if was, _ := twin.Get("lists/k1"); len(was.JSON.([]any)) != 2 {
		t.Errorf("the twin has changed, too: %v", was)
	}
}

func TestPathsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string][]string{
		"":             nil,
		"users.u1":     {"users", "u1"},
		`a."b.c"."".d`: {"a", "b.c", "", "d"},
		`"a\"b".c`:     {`a"b`, "c"},
	} {
		if got, err := model.ParsePath(text); !slices.Equal(got, want) || err != nil {
			t.Errorf("%s is %q, %v, want %q", text, got, err, want)
		}
	}
	if keys, err := model.ParsePath(`a."b`); err == nil {
		t.Errorf("half a path is %q", keys)
	}
}
