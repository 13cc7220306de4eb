package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Query asks a node for what a watch with the same query and path tells, as it is
// now. It waits until the node answers, or ctx ends.
func (c *Client) Query(ctx context.Context, node string, parameters url.Values) (Event, error) {
	body := map[string]any{}
	if query := parameters.Get("query"); query != "" {
		body["query"] = json.RawMessage(query)
	}
	if path := parameters.Get("path"); path != "" {
		body["path"] = path
	}
	text, err := json.Marshal(body)
	if err != nil {
		return Event{}, err
	}
	status, answer, err := c.send(ctx, http.MethodPost, node, "/v1/query", nil, text)
	if err != nil {
		return Event{}, err
	}
	var event Event
	return event, decode(status, answer, &event)
}
