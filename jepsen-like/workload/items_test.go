package workload_test

import (
	"testing"

	"example.com/gstate/jepsen-like/workload"
)

func TestNoTwoWorkloadsShareAnItem(t *testing.T) {
	source, client, owners := random(), acknowledge(), map[string]string{}
	for _, share := range workload.All(nodes) {
		for i := range 300 {
			request := share.Workload.Next(source, nodes[i%3])
			share.Workload.Run(t.Context(), client, request)
			if owner, used := owners[request.Item]; used && owner != request.Workload {
				t.Fatalf("%s is an item of %s and of %s", request.Item, owner, request.Workload)
			}
			owners[request.Item] = request.Workload
		}
	}
}
