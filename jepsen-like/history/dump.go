package history

import "encoding/json"

// Dump is what one node holds when the run is over.
type Dump struct {
	Node string `json:"node"`
	// Revision and Digest are those of the node's tree.
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
	// Items holds, for each item that shows the number of a write, that number.
	// The key is the path as in Request.Item.
	Items map[string]int64 `json:"items"`
	// Root is the JSON of all that the node holds.
	Root json.RawMessage `json:"root,omitempty"`
}
