package history

// Dump is what one node holds when the run is over.
type Dump struct {
	Node string `json:"node"`
	// Revision and Digest are those of the node's tree.
	Revision uint64 `json:"revision"`
	Digest   string `json:"digest"`
	// Items holds, for each item of the workloads, the number of the write
	// that it shows. The key is the path as in Request.Item.
	Items map[string]int64 `json:"items"`
}
