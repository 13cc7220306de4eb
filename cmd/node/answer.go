package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// answer is what a node says to a write, a get, a query, and in an event of a
// watch. A field that the kind of call does not have is zero.
type answer struct {
	// Revision is that of the tree that the answer was taken from, or that the
	// write made.
	Revision uint64 `json:"revision"`
	// Value is the subtree that a get found.
	Value json.RawMessage `json:"value"`
	// Result is that of a query, null when there is nothing.
	Result json.RawMessage `json:"result"`
	// Exists is false when a query found nothing. It is missing in a node's
	// answer when it is true.
	Exists *bool `json:"exists"`
	// Modified is the newest revision at or beneath the item.
	Modified uint64 `json:"modified"`
	// Synced is set where an event ends what was missed before the watch.
	Synced bool `json:"synced"`
	// Reset says that changes may have been missed before an event.
	Reset bool `json:"reset"`
	// Reasons say what has made the change of an event.
	Reasons []string `json:"reasons"`
	// Expelled is what was removed since the event before by no write to it.
	Expelled []expelled `json:"expelled"`
	// Changes say in what the result differs from that of the event before.
	Changes []change `json:"changes"`
	// mark says that an event has no result, only a revision up to which there
	// was no other event.
	mark bool
}

// change is a part of the tree that differs; what was not or is not there is
// empty.
type change struct {
	Path string          `json:"path"`
	Old  json.RawMessage `json:"old,omitempty"`
	New  json.RawMessage `json:"new,omitempty"`
}

// String says what the part was and is.
func (c change) String() string {
	return fmt.Sprintf("%s: %s -> %s", c.Path, orNothing(c.Old), orNothing(c.New))
}

// orNothing is a value, or a word for none.
func orNothing(value json.RawMessage) string {
	if value == nil {
		return "(nothing)"
	}
	return string(value)
}

// expelled is an item that was removed by no write to it.
type expelled struct {
	Path     string `json:"path"`
	Revision uint64 `json:"revision"`
	Reason   string `json:"reason"`
}

// String says what went why, in the node's own word if it is a newer one.
func (e expelled) String() string {
	return fmt.Sprintf("%s: %s", e.Path, cmp.Or(expelledWhy[e.Reason], e.Reason))
}

// expelledWhy are the reasons in words.
var expelledWhy = map[string]string{
	"lease":   "its time was over",
	"session": "its node has left",
	"keeper":  "what kept it was removed",
}

// parseAnswer reads the body of a successful answer. An error of a write means
// that it was done, and that what answered is not understood; so it has no
// status of its own.
func parseAnswer(body []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, fmt.Errorf("answer is not understood: %w", err)
	}
	return a, nil
}

// found says whether a query or an event has a result.
func (a answer) found() bool { return a.Exists == nil || *a.Exists }

// indented is JSON as people read it: numbers, keys and their order as they
// came. It is not decoded on the way, so that no number loses digits.
func indented(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, value, "", "  ") != nil {
		return visible(string(value))
	}
	return visible(b.String())
}

// visible escapes in lines of JSON, as JSON may, what is no visible character: the
// text is of others, and must not steer the terminal.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) || r == '\n' {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
