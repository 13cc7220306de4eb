package web

import (
	"fmt"
	"net/url"
	"strings"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// stateRoot is the URL path of the root of the tree, with or without a slash
// behind it.
const stateRoot = "/v1/state"

// parsePath returns the path of an item from what follows stateRoot in an
// escaped URL path: a slash and a percent-encoded key for each level. Nothing,
// and a single slash, are the root.
//
// Keys are taken as they are written. There is no cleaning, as it would let a
// write arrive at another item than the one that was named.
func parsePath(escaped string) (tree.Path, error) {
	if escaped == "" || escaped == "/" {
		return nil, nil
	}
	var path tree.Path
	for segment := range strings.SplitSeq(escaped[1:], "/") {
		if len(path) == tree.MaxDepth {
			return nil, fmt.Errorf("%w: URL path has more than %d keys, the limit", cluster.ErrTooLarge, tree.MaxDepth)
		}
		if segment == "" {
			return nil, invalid("URL path segment %d is empty, and an empty key cannot be written in a URL: "+
				"remove the extra slash, or use /v1/query", len(path)+1)
		}
		key, err := url.PathUnescape(segment)
		if err != nil {
			return nil, invalid("URL path segment %d: %v", len(path)+1, err)
		}
		path = append(path, key)
	}
	return path, path.Validate()
}

// invalid returns an error that matches cluster.ErrInvalid.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{cluster.ErrInvalid}, args...)...)
}
