package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"example.com/gstate/tree"
)

// Errors of a request that names nothing that is served. Their code is that
// of invalid input, since no item was looked for.
var (
	errNoResource = errors.New("no such resource")
	errMethod     = errors.New("method not allowed")
)

// endpoint is what one method does with a resource.
type endpoint struct {
	// serve answers the call, or returns why it cannot, having sent nothing.
	// ctx ends with the request's timeout.
	serve func(h *handler, ctx context.Context, c *call) error
	// takes names the URL parameters that it understands, beside timeout.
	takes []string
}

// resource is what a URL path leads to: endpoints by method.
type resource map[string]endpoint

// consistency is the parameters of a read, and itemRead those of an item's.
var (
	consistency = []string{"read", "revision"}
	itemRead    = []string{"read", "revision", "children"}
)

// life is the parameters that say how long a written item lives, and itemWrite
// those of a write that stores one.
var (
	life      = []string{"ttl", "ephemeral", "while"}
	itemWrite = append([]string{"if-held"}, life...)
)

// watching is the parameters of a watch.
var watching = []string{"query", "path", "since", "every", "end-when-slow", "delta", "changes", "only-changes", "progress"}

// items is the resource of every path at and beneath stateRoot.
var items = resource{
	http.MethodGet:    {serve: (*handler).get, takes: itemRead},
	http.MethodHead:   {serve: (*handler).get, takes: itemRead},
	http.MethodPut:    {serve: (*handler).set, takes: append([]string{"replace"}, itemWrite...)},
	http.MethodPost:   {serve: (*handler).insert, takes: itemWrite},
	http.MethodPatch:  {serve: (*handler).update, takes: itemWrite},
	http.MethodDelete: {serve: (*handler).remove, takes: []string{"if-held"}},
}

// resources holds all others, by path.
var resources = map[string]resource{
	"/v1/transaction": {http.MethodPost: {serve: (*handler).transact}},
	"/v1/outcome":     {http.MethodPost: {serve: (*handler).outcome}},
	"/v1/query":       {http.MethodPost: {serve: (*handler).query, takes: consistency}},
	"/v1/watch":       {http.MethodGet: {serve: (*handler).watch, takes: watching}},
	"/v1/status":      readOnly((*handler).status),
	"/v1/members":     readOnly((*handler).members),
	"/healthz":        readOnly((*handler).health),
	"/readyz":         readOnly((*handler).ready),
}

// readOnly returns the resource that can only be asked for.
func readOnly(serve func(*handler, context.Context, *call) error) resource {
	return resource{http.MethodGet: {serve: serve}, http.MethodHead: {serve: serve}}
}

// locate returns the resource that an escaped URL path leads to and, for an
// item, the item's path.
func locate(escaped string) (resource, tree.Path, error) {
	if found, ok := resources[escaped]; ok {
		return found, nil, nil
	}
	keys, ok := strings.CutPrefix(escaped, stateRoot)
	if !ok || keys != "" && keys[0] != '/' {
		return nil, nil, fmt.Errorf("%w: %.80q", errNoResource, escaped)
	}
	path, err := parsePath(keys)
	return items, path, err
}

// endpoint returns what method does. When it does nothing here, the header
// says which methods would.
func (r resource) endpoint(header http.Header, method string) (endpoint, error) {
	found, ok := r[method]
	if !ok {
		allowed := strings.Join(slices.Sorted(maps.Keys(r)), ", ")
		header.Set("Allow", allowed)
		return endpoint{}, fmt.Errorf("%w: %.40q here, only %s", errMethod, method, allowed)
	}
	return found, nil
}
