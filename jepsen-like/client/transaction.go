package client

import (
	"encoding/json"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// transaction returns the body of a transaction.
func transaction(request history.Request) []byte {
	return object(map[string]any{"if": clauses(request.If), "then": clauses(request.Then)})
}

func clauses(list []history.Clause) []json.RawMessage {
	forms := []json.RawMessage{}
	for _, clause := range list {
		forms = append(forms, form(clause))
	}
	return forms
}

// form returns a clause in the form of the contract. A path is an array of keys:
// its text would need quotes.
func form(c history.Clause) json.RawMessage {
	path := strings.Split(c.Item, "/")
	switch c.Function {
	case history.Matches:
		return object(map[string]any{"matches": c.Query, "path": path, "result": c.Result})
	case history.Unmodified:
		return object(map[string]any{"unmodified": path, "since": c.Since})
	case history.Missing, history.Remove:
		return object(map[string]any{string(c.Function): path})
	}
	return object(map[string]any{string(c.Function): path, "value": c.Value})
}

// object returns the JSON of what always has such a form.
func object(members map[string]any) json.RawMessage {
	text, err := json.Marshal(members)
	if err != nil {
		panic("client: a clause that is no JSON: " + err.Error())
	}
	return text
}
