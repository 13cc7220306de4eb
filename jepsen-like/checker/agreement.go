package checker

import (
	"bytes"
	"fmt"
	"maps"

	"example.com/gstate/jepsen-like/history"
)

// Agreement checks that all nodes hold the same at the end. Its first dump is
// the measure of the others.
func Agreement(dumps []history.Dump) []Finding {
	var findings []Finding
	for _, dump := range dumps {
		if difference := differ(dumps[0], dump); difference != "" {
			findings = append(findings, Finding{Rule: "agreement", Text: difference})
		}
	}
	return findings
}

// differ says in what two nodes differ, or nothing.
func differ(one, other history.Dump) string {
	switch {
	case one.Revision != other.Revision:
		return fmt.Sprintf("node %s is at revision %d, node %s at %d", one.Node, one.Revision, other.Node, other.Revision)
	case one.Digest != other.Digest:
		return fmt.Sprintf("at revision %d node %s has digest %s, node %s has %s", one.Revision, one.Node, one.Digest, other.Node, other.Digest)
	case !maps.Equal(one.Items, other.Items), !bytes.Equal(one.Root, other.Root):
		return fmt.Sprintf("at revision %d with equal digests, nodes %s and %s show different items", one.Revision, one.Node, other.Node)
	}
	return ""
}
