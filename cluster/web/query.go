package web

import (
	"context"
	"net/http"

	"example.com/gstate/tree"
)

// result is the answer to a query, and is in the events of a watch.
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
	value, exists, err := query.EvalWithin(t, h.cfg.MaxQueryWork)
	if err != nil {
		return err
	}
	return answer(c.w, http.StatusOK, result{Revision: t.Revision(), Result: value, Exists: exists})
}

// parseQuestion reads the body of a query: its shape in the form that
// tree.ParseQuery reads, its path, or both. A misspelt name is refused: without
// its path, a query would be answered from the root.
func parseQuestion(body []byte) (tree.Query, error) {
	r := newBodyReader(body)
	asked, err := r.fields([]string{"query", "path"})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return tree.Query{}, within("body", err)
	}
	return asked.query("query", "path")
}

// newQuery returns the query with a shape, evaluated at a path. Either may be
// nil, but not both: without a path the root is meant, or the path that the
// shape brings along; without a shape, the whole value.
func newQuery(shape []byte, at *tree.Path) (tree.Query, error) {
	switch {
	case shape == nil && at == nil:
		return tree.Query{}, invalid("neither query nor path is given")
	case shape == nil:
		return tree.Subtree(*at), nil
	}
	query, err := tree.ParseQuery(shape)
	if err != nil || at == nil {
		return query, err
	}
	if len(query.Path()) > 0 {
		return tree.Query{}, invalid("a path is given, and the query has one too")
	}
	return query.At(*at), nil
}
