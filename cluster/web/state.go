package web

import (
	"context"
	"fmt"
	"net/http"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// found is the answer to a get.
type found struct {
	// Revision is that of the tree which was read.
	Revision uint64 `json:"revision"`
	// Value is the item with everything beneath it.
	Value tree.Value `json:"value"`
	// Modified is the newest revision at or beneath the item, so that it is
	// what a write may demand with If-Match.
	Modified uint64 `json:"modified"`
	// Version counts the changes of the item itself.
	Version uint64 `json:"version"`
	// Children is there if it was asked for, and empty if there are none.
	Children []child `json:"children,omitzero"`
}

// written is the answer to a write: the revision of the tree after it.
type written struct {
	Revision uint64 `json:"revision"`
}

// get answers with the item at the call's path.
func (h *handler) get(ctx context.Context, c *call) error {
	t, err := h.read(ctx, c.options)
	if err != nil {
		return err
	}
	item, ok := t.Get(c.path)
	if !ok {
		return &cluster.Error{Operation: "get", Path: c.path, Revision: t.Revision(), Err: cluster.ErrNotFound}
	}
	c.w.Header().Set("ETag", fmt.Sprintf(`"%d"`, item.Newest()))
	body := found{Revision: t.Revision(), Value: item.Value(), Modified: item.Newest(), Version: item.Version()}
	if c.children {
		body.Children = childrenOf(item)
	}
	return answer(c.w, http.StatusOK, body)
}

// read returns a tree as the options demand it. A node that has ended gives
// none: what it has would grow old without anybody noticing.
func (h *handler) read(ctx context.Context, o options) (*tree.Tree, error) {
	if err := h.ended(); err != nil {
		return nil, err
	}
	if o.linearizable {
		t, err := h.node.Read(ctx)
		if err != nil || t.Revision() >= o.revision {
			return t, err
		}
	}
	return h.node.ReadAt(ctx, o.revision)
}

// set merges the body into what stands at the path or, if asked to replace,
// puts it in the place of what stands there.
func (h *handler) set(ctx context.Context, c *call) error {
	operation := cluster.Set
	if c.replace {
		operation = cluster.Replace
	}
	return h.store(ctx, c, http.StatusOK, operation)
}

// insert puts the body where nothing stands yet.
func (h *handler) insert(ctx context.Context, c *call) error {
	return h.store(ctx, c, http.StatusCreated, cluster.Insert)
}

// update merges the body into what must stand at the path.
func (h *handler) update(ctx context.Context, c *call) error {
	return h.store(ctx, c, http.StatusOK, cluster.Update)
}

// remove removes what must stand at the path.
func (h *handler) remove(ctx context.Context, c *call) error {
	return h.write(ctx, c, http.StatusOK, cluster.Remove(c.path))
}

// store makes the operation with the body as its value.
func (h *handler) store(ctx context.Context, c *call, status int, operation func(tree.Path, any) cluster.Op) error {
	body, err := c.readBody(ctx)
	if err != nil {
		return err
	}
	value, err := tree.ParseJSON(body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return h.write(ctx, c, status, operation(c.path, value))
}

// write makes the operation under the conditions of the header.
func (h *handler) write(ctx context.Context, c *call, status int, operation cluster.Op) error {
	conditions, err := conditionsOf(c.r.Header, c.path)
	if err != nil {
		return err
	}
	if c.held != nil {
		conditions = append(conditions, *c.held)
	}
	lives, err := c.lives(c.path)
	if err != nil {
		return err
	}
	transaction := cluster.Transaction{If: conditions, Then: append([]cluster.Op{operation}, lives...)}
	result, err := h.node.Decide(ctx, transaction)
	if err != nil {
		return err
	}
	return answer(c.w, status, written{result.Revision})
}
