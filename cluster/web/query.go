package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"example.com/gstate/tree"
)

// question is the body of a query.
type question struct {
	// Query is a shape in the form that tree.ParseQuery reads; without it the
	// whole value at Path is meant.
	Query json.RawMessage `json:"query"`
	// Path is the text of the path at which the shape is evaluated; without it
	// that is the root.
	Path *string `json:"path"`
}

// result is the answer to a query, and the data of an event of a watch.
type result struct {
	// Revision is that of the tree which the query was evaluated on.
	Revision uint64 `json:"revision"`
	// Result is null when nothing is there, and also where a null stands:
	// Exists tells these apart.
	Result tree.Value `json:"result"`
	Exists bool       `json:"exists"`
}

// query answers with the result of the query in the body.
func (h *handler) query(ctx context.Context, c *call) error {
	body, err := c.readBody(ctx)
	if err != nil {
		return err
	}
	query, err := parseQuestion(body)
	if err != nil {
		return err
	}
	t, err := h.read(ctx, c.options)
	if err != nil {
		return err
	}
	value, exists := query.Eval(t)
	return answer(c.w, http.StatusOK, result{Revision: t.Revision(), Result: value, Exists: exists})
}

// parseQuestion reads the body of a query. A misspelt name is refused: without
// its path, a query would be answered from the root.
func parseQuestion(body []byte) (tree.Query, error) {
	var asked question
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return tree.Query{}, invalid("body: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return tree.Query{}, invalid("body: data after the query")
	}
	return newQuery(asked.Query, asked.Path)
}

// newQuery returns the query with a shape, evaluated at a path. Either may be
// nil, but not both.
func newQuery(shape []byte, path *string) (tree.Query, error) {
	if shape == nil && path == nil {
		return tree.Query{}, invalid("neither query nor path is given")
	}
	var at tree.Path
	if path != nil {
		var err error
		if at, err = tree.ParsePath(*path); err != nil {
			return tree.Query{}, err
		}
	}
	if shape == nil {
		return tree.Subtree(at), nil
	}
	query, err := tree.ParseQuery(shape)
	return query.At(at), err
}
