package main

import (
	"fmt"
	"net/url"
	"strings"

	"example.com/gstate/tree"
)

// statePath is the URL path of what stands at a path of the tree: each key
// percent-encoded, so that a slash in a key is no separator. The empty key has
// no form in a URL; the error says so.
func statePath(p tree.Path) (string, error) {
	segments := make([]string, len(p))
	for i, key := range p {
		if key == "" {
			return "", fmt.Errorf("path %s has an empty key, which no URL can name: use the path above it", p)
		}
		segments[i] = segment(key)
	}
	return "/v1/state/" + strings.Join(segments, "/"), nil
}

// segment encodes one key. Keys of dots alone are encoded whole, because
// proxies take them for steps in a file tree.
func segment(key string) string {
	if key == "." || key == ".." {
		return strings.ReplaceAll(key, ".", "%2E")
	}
	return url.PathEscape(key)
}

// parseTarget reads the text of a path, as people type it, into a URL path. The
// error is about the text.
func parseTarget(text string) (string, error) {
	path, err := tree.ParsePath(text)
	if err != nil {
		return "", err
	}
	return statePath(path)
}
