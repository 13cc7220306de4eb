package main

import (
	"slices"
	"sync/atomic"
	"time"
)

// steady returns a client of the same nodes that begins each call at the node
// that was the last to answer: a lock makes many calls, and should not wait for
// a silent node in each. It shares its connections with c and needs no closing.
func (c *client) steady() *client {
	return &client{bases: c.bases, timeout: c.timeout, http: c.http, answered: new(atomic.Pointer[string])}
}

// within returns a steady client for calls that may take so long.
func (c *client) within(timeout time.Duration) *client {
	return &client{bases: c.order(), timeout: timeout, http: c.http, answered: c.answered}
}

// order returns the addresses as a steady client tries them now.
func (c *client) order() []string {
	last := c.answered.Load()
	if last == nil {
		return c.bases
	}
	n := slices.Index(c.bases, *last)
	return slices.Concat(c.bases[n:], c.bases[:n])
}
