package history

// Dump is what one node holds when the run is over.
type Dump struct {
	Node string
	// Revision and Digest are those of the node's tree.
	Revision uint64
	Digest   string
	// Items holds, for each item of the workloads, the number of the write
	// that it shows. The key is the path as in Request.Item.
	Items map[string]int64
}
