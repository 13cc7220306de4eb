package history

// The functions of the events that the followers of a watch leave.
const (
	// Opened: the watch was opened on a node. AtLeast is the revision that it goes on
	// from; 0 says that it begins anew.
	Opened Function = "open"
	// Told: the node has told something.
	Told Function = "tell"
	// Asked: the same was asked as a query, when nothing changed any more.
	Asked Function = "ask"
)

// Telling is what a node has told a follower.
type Telling struct {
	// Stream names the follower. Empty: the event is not of one.
	Stream string `json:"stream,omitempty"`
	// Result is the JSON of the result. Empty: the event has none, and says only that
	// nothing has changed. Nothing says that there is nothing.
	Result  string `json:"result,omitempty"`
	Nothing bool   `json:"nothing,omitempty"`
	// Synced and Reset are those of the HTTP contract.
	Synced bool `json:"synced,omitempty"`
	Reset  bool `json:"reset,omitempty"`
}
