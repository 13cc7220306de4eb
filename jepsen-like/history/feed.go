package history

import (
	"encoding/json"
	"time"
)

// Change is a part of the tree that a revision has changed.
type Change struct {
	// Path is the text of the part's path, as in users.u7.write.
	Path string `json:"path"`
	// Old and New are what stood there and what does now. Empty: nothing.
	Old json.RawMessage `json:"old,omitempty"`
	New json.RawMessage `json:"new,omitempty"`
}

// News is what a change feed tells at once.
type News struct {
	// Time is how long after the start of the run it came, for people.
	Time time.Duration `json:"time_ns"`
	// Node is the one that has told it.
	Node string `json:"node"`
	// Revision is the one that the changes lead to.
	Revision uint64 `json:"revision"`
	// Gap says that what came between the news before and this may be missing, as
	// it is of the first. Whole is then all that the tree holds.
	Gap   bool            `json:"gap,omitempty"`
	Whole json.RawMessage `json:"whole,omitempty"`
	// Changes are all that the revision has changed, unless there is a gap.
	Changes []Change `json:"changes,omitempty"`
	// Reasons say what has made the changes, as in "write" or "lease".
	Reasons []string `json:"reasons,omitempty"`
}

// Feed is what one follower of the change feed has heard, in that order.
type Feed struct {
	// Name is the id of the node that it prefers.
	Name string
	News []News
}
