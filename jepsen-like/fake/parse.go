package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// functions are those of the methods.
var functions = map[string]history.Function{
	http.MethodPost:   history.Insert,
	http.MethodPatch:  history.Update,
	http.MethodPut:    history.Put,
	http.MethodDelete: history.Remove,
}

// parseWrite reads what a request wants to change: the item, or by a transaction
// what is in its body.
func parseWrite(request *http.Request, item string) (w history.Request, err error) {
	query := request.URL.Query()
	if w.Timeout, err = duration(query.Get("timeout")); err != nil {
		return w, err
	}
	if err = parseLife(query, &w); err != nil {
		return w, err
	}
	if item == request.URL.Path {
		return w, parseTransaction(request, &w)
	}
	w.Function, w.Item = functions[request.Method], item
	if condition := request.Header.Get("If-Match"); condition != "" {
		if w.IfMatch, err = strconv.ParseUint(condition, 10, 64); err != nil {
			return w, err
		}
	}
	if w.Function == history.Remove {
		return w, nil
	}
	return w, parseNumber(request, &w)
}

// parseLife reads how long the item is to live, and the lock of the write.
func parseLife(query url.Values, w *history.Request) (err error) {
	if w.TTL, err = duration(query.Get("ttl")); err != nil {
		return err
	}
	if w.Ephemeral, err = duration(query.Get("ephemeral")); err != nil {
		return err
	}
	w.While = slashed(query.Get("while"))
	if held, token, found := strings.Cut(query.Get("if-held"), ":"); found {
		w.Held = slashed(held)
		w.Token, err = strconv.ParseUint(token, 10, 64)
	}
	return err
}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// slashed returns a path of a parameter as items are named here.
func slashed(path string) string { return strings.ReplaceAll(path, ".", "/") }

// parseNumber reads a body that is a number, or an object with one field of it.
func parseNumber(request *http.Request, w *history.Request) error {
	var body json.RawMessage
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		return err
	}
	if json.Unmarshal(body, &w.Number) == nil {
		return nil
	}
	var fields map[string]int64
	err := json.Unmarshal(body, &fields)
	for field, number := range fields {
		w.Field, w.Number = field, number
	}
	return err
}

func parseTransaction(request *http.Request, w *history.Request) error {
	var body struct{ If, Then []map[string]json.RawMessage }
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
		return err
	}
	w.Function = history.Transact
	for _, form := range body.If {
		clause, err := parseClause(form, history.Missing, history.Unmodified)
		if err != nil {
			return err
		}
		w.If = append(w.If, clause)
	}
	for _, form := range body.Then {
		clause, err := parseClause(form, history.Set, history.Add, history.Append)
		if err != nil {
			return err
		}
		w.Then = append(w.Then, clause)
	}
	return nil
}

// parseClause reads a clause of one of the functions, or one of matches.
func parseClause(form map[string]json.RawMessage, known ...history.Function) (history.Clause, error) {
	clause := history.Clause{Value: form["value"], Result: form["result"]}
	path := form["path"]
	if clause.Query = form[string(history.Matches)]; clause.Query != nil {
		clause.Function = history.Matches
	} else if at := slices.IndexFunc(known, func(f history.Function) bool { return form[string(f)] != nil }); at >= 0 {
		clause.Function, path = known[at], form[string(known[at])]
	} else {
		return clause, fmt.Errorf("unknown clause %v", form)
	}
	var keys []string
	if err := json.Unmarshal(path, &keys); err != nil {
		return clause, err
	}
	clause.Item = strings.Join(keys, "/")
	if since := form["since"]; since != nil {
		return clause, json.Unmarshal(since, &clause.Since)
	}
	return clause, nil
}
