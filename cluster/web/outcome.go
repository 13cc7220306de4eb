package web

import (
	"context"
	"fmt"
	"net/http"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// outcome finds out what has become of the write whose id is in the body. It is
// no get: a write that has not been applied is given up by the question.
func (h *handler) outcome(ctx context.Context, c *call) error {
	body, err := c.readBody(ctx)
	if err != nil {
		return err
	}
	id, err := parseWrite(body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	result, err := h.node.Outcome(ctx, id)
	if err != nil {
		return err
	}
	results := append([]tree.Value{}, result.Values()...)
	return answer(c.w, http.StatusOK, decided{Revision: result.Revision, Else: result.Else, Results: results})
}

// parseWrite reads the body of the question.
func parseWrite(body []byte) (cluster.WriteID, error) {
	r := newBodyReader(body)
	asked, err := r.fields([]string{"write"})
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return cluster.WriteID{}, err
	}
	if !asked.has("write") {
		return cluster.WriteID{}, invalid(`"write" is missing`)
	}
	text, err := asked.value("write")
	if err != nil {
		return cluster.WriteID{}, err
	}
	id, err := cluster.ParseWriteID(text.Str())
	return id, within("write", err)
}
