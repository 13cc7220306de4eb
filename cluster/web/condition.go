package web

import (
	"net/http"
	"strings"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// dateConditions are headers with a condition that has no meaning here: items
// have revisions, and no dates.
var dateConditions = []string{"If-Unmodified-Since", "If-Modified-Since", "If-Range"}

// refuseConditions refuses every header with a condition, for requests that
// would drop it.
func refuseConditions(header http.Header) error {
	for _, name := range append([]string{"If-Match", "If-None-Match"}, dateConditions...) {
		if len(header.Values(name)) > 0 {
			return invalid("header %s is not taken here: conditions stand in the body", name)
		}
	}
	return nil
}

// conditionsOf returns what the header of a write demands of the item at path:
//
//	If-Match: 17        it is there, and unmodified since revision 17
//	If-Match: "17"      the same: an entity tag as ETag gives it
//	If-Match: *         it is there
//	If-None-Match: *    nothing is there
//
// Other forms of these headers are refused: a condition that is not understood
// must not be dropped.
func conditionsOf(header http.Header, path tree.Path) ([]cluster.Condition, error) {
	for _, name := range dateConditions {
		if header.Get(name) != "" {
			return nil, invalid("header %s is not taken: use If-Match with a revision", name)
		}
	}
	var conditions []cluster.Condition
	if text, given, err := single(header, "If-Match"); err != nil {
		return nil, err
	} else if given {
		condition, err := parseMatch(text, path)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, condition)
	}
	if text, given, err := single(header, "If-None-Match"); err != nil {
		return nil, err
	} else if given {
		if text != "*" {
			return nil, invalid("If-None-Match %.40q is not *, the only form that a write takes", text)
		}
		conditions = append(conditions, cluster.Missing(path))
	}
	return conditions, nil
}

// parseMatch reads the value of If-Match.
func parseMatch(text string, path tree.Path) (cluster.Condition, error) {
	if text == "*" {
		return cluster.Exists(path), nil
	}
	bare := text
	if len(text) > 2 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		bare = text[1 : len(text)-1]
	}
	revision, err := parseRevision("If-Match", bare)
	return cluster.Unmodified(path, revision), err
}

// single returns the value of a header that may stand there once.
func single(header http.Header, name string) (text string, given bool, err error) {
	values := header.Values(name)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return strings.TrimSpace(values[0]), true, nil
	}
	return "", false, invalid("header %s is given %d times", name, len(values))
}
