package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// methods says which HTTP method asks for a function.
var methods = map[history.Function]string{
	history.Insert: http.MethodPost,
	history.Update: http.MethodPatch,
	history.Put:    http.MethodPut,
	history.Remove: http.MethodDelete,
	history.Get:    http.MethodGet,

	history.Transact: http.MethodPost,
	history.Outcome:  http.MethodPost,
}

// refusals are the codes that say: certainly not done. Others do not.
var refusals = []string{
	history.NotFound, history.Exists, history.Conflict,
	"wrong_kind", "invalid", "too_large", "no_leader", "busy", "closed", "timeout",
	history.GivenUp,
}

// Do performs one operation and returns how it ended: see the package comment.
// It waits for the answer, until ctx ends or callTimeout has passed.
func (c *Client) Do(ctx context.Context, request history.Request) (history.Kind, history.Answer) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	message, err := c.message(ctx, request)
	if err != nil {
		return history.Fail, history.Answer{Detail: err.Error()}
	}
	status, body, err := c.roundTrip(message, content(request))
	if err != nil {
		return lost(request, err)
	}
	if status == http.StatusOK || status == http.StatusCreated {
		return done(request, status, body)
	}
	return refused(request, status, body)
}

// message builds the HTTP request.
func (c *Client) message(ctx context.Context, request history.Request) (*http.Request, error) {
	address := c.addresses[request.Node] + resource(request) + "?" + options(request).Encode()
	message, err := http.NewRequestWithContext(ctx, methods[request.Function], address, bytes.NewReader(content(request)))
	if err != nil {
		return nil, err
	}
	if request.IfMatch > 0 {
		message.Header.Set("If-Match", strconv.FormatUint(request.IfMatch, 10))
	}
	return message, nil
}

// resource returns the URL path of what is asked.
func resource(request history.Request) string {
	switch request.Function {
	case history.Transact:
		return "/v1/transaction"
	case history.Outcome:
		return "/v1/outcome"
	}
	return itemPath(request.Item)
}

// itemPath returns the URL path of an item. An empty item is the root.
func itemPath(item string) string {
	keys := strings.Split(item, "/")
	for i, key := range keys {
		keys[i] = url.PathEscape(key)
	}
	return "/v1/state/" + strings.Join(keys, "/")
}

// pathText returns an item as a path in a parameter. The keys of workloads are
// plain words.
func pathText(item string) string { return strings.ReplaceAll(item, "/", ".") }

func options(request history.Request) url.Values {
	query := url.Values{"timeout": {cmp.Or(request.Timeout, nodeTimeout).String()}}
	if request.Linearizable {
		query.Set("read", "linearizable")
	}
	if request.AtLeast > 0 {
		query.Set("revision", strconv.FormatUint(request.AtLeast, 10))
	}
	if request.TTL > 0 {
		query.Set("ttl", request.TTL.String())
	}
	if request.Ephemeral > 0 {
		query.Set("ephemeral", request.Ephemeral.String())
	}
	if request.While != "" {
		query.Set("while", pathText(request.While))
	}
	if request.Held != "" {
		query.Set("if-held", fmt.Sprintf("%s:%d", pathText(request.Held), request.Token))
	}
	return query
}

// content returns the body: that of a transaction or of a question for an
// outcome, else the operation's number, under its field if it has one. Removals
// and reads have no body.
func content(request history.Request) []byte {
	switch request.Function {
	case history.Transact:
		return transaction(request)
	case history.Outcome:
		return fmt.Appendf(nil, "{\"write\":%q}", request.Write)
	}
	if !request.Function.Writes() || request.Function == history.Remove {
		return nil
	}
	number := strconv.FormatInt(request.Number, 10)
	if request.Field == "" {
		return []byte(number)
	}
	return fmt.Appendf(nil, "{%q:%s}", request.Field, number)
}

// lost says what an answer that did not come proves.
func lost(request history.Request, err error) (history.Kind, history.Answer) {
	answer := history.Answer{Detail: err.Error()}
	opening, ok := errors.AsType[*net.OpError](err)
	if ok && opening.Op == "dial" {
		return history.Fail, answer
	}
	return unknown(request), answer
}

// unknown is the kind of an operation of which nothing is known. A read has no
// effect that could be in doubt.
func unknown(request history.Request) history.Kind {
	if request.Function.Writes() {
		return history.Info
	}
	return history.Fail
}

// success is the answer to what was done.
type success struct {
	Revision uint64          `json:"revision"`
	Value    json.RawMessage `json:"value"`
	Modified uint64          `json:"modified"`
	// Results are those of a transaction's operations.
	Results []json.RawMessage `json:"results"`
}

// fits reports whether there is a result for each operation of a transaction.
func (s success) fits(request history.Request) bool {
	return request.Function != history.Transact || len(s.Results) == len(request.Then)
}

func done(request history.Request, status int, body []byte) (history.Kind, history.Answer) {
	var got success
	if err := json.Unmarshal(body, &got); err != nil || got.Revision == 0 || !got.fits(request) {
		return unknown(request), history.Answer{Code: history.Unexpected, Detail: unexpected(status, body).Error()}
	}
	answer := history.Answer{Revision: got.Revision, Results: got.Results}
	if request.Function != history.Get {
		return history.OK, answer
	}
	answer.Found, answer.Modified = true, got.Modified
	number, err := numberOf(got.Value)
	if isItem := strings.Contains(request.Item, "/"); isItem && err == nil {
		answer.Value = number
	} else {
		answer.Whole = got.Value
	}
	return history.OK, answer
}

// problem is the answer to what was refused.
type problem struct {
	Code     string `json:"code"`
	Detail   string `json:"detail"`
	Revision uint64 `json:"revision"`
	// Write is the id of a write whose outcome is unknown.
	Write string `json:"write"`
}

func refused(request history.Request, status int, body []byte) (history.Kind, history.Answer) {
	var got problem
	if err := json.Unmarshal(body, &got); err != nil || !slices.Contains(refusals, got.Code) {
		return unknown(request), history.Answer{Code: cmp.Or(got.Code, history.Unexpected), WriteID: got.Write, Detail: unexpected(status, body).Error()}
	}
	answer := history.Answer{Revision: got.Revision, Code: got.Code, Detail: got.Detail}
	if request.Function == history.Get && got.Code == history.NotFound {
		return history.OK, answer
	}
	return history.Fail, answer
}
