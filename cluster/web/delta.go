package web

import (
	"bytes"
	"encoding/json"

	"example.com/gstate/tree"
)

// delta is the data of an event of a watch that says only how its result
// differs from that of the event before.
type delta struct {
	Revision uint64 `json:"revision"`
	// Patch is a JSON Patch (RFC 6902) between the two results, which both exist.
	Patch  json.RawMessage `json:"patch"`
	Exists bool            `json:"exists"`
	news
}

// shorter returns the delta from the result before if that is shorter, else the
// whole.
func shorter(before result, now whole) any {
	if !before.Exists || !now.Exists {
		return now
	}
	// What has no JSON form in a patch has none in the whole either, which says
	// so to whoever sends it.
	var text bytes.Buffer
	if err := encode(&text, patch(before.Result, now.Result)); err != nil || left(text.Len(), now.Result) >= 0 {
		return now
	}
	return delta{now.Revision, text.Bytes(), now.Exists, now.news}
}

// left returns what the JSON of v leaves of n bytes, and something negative if
// it takes more. It looks at no more of v than is needed to tell, and so costs
// little where a large result has a small patch.
func left(n int, v tree.Value) int {
	switch v.Kind() {
	case tree.Array:
		n -= len("[]") + max(v.Len()-1, 0)
		for _, element := range v.Elements() {
			if n < 0 {
				break
			}
			n = left(n, element)
		}
		return n
	case tree.Object:
		n -= len("{}") + max(2*v.Len()-1, 0)
		for key, value := range v.Members() {
			if n < 0 {
				break
			}
			n = left(n-len(tree.StringValue(key).String()), value)
		}
		return n
	default:
		return n - len(v.String())
	}
}
