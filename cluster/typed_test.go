package cluster_test

import (
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// A field that T reads as something else than what is stored stays as it is stored,
// unless it is changed.
func TestUpdateLeavesLinksAndBytesInOtherFields(t *testing.T) {
	type service struct {
		Address string                `json:"address"`
		Uses    map[string]tree.Value `json:"uses"`
		Key     tree.Value            `json:"key"`
	}
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		stored := map[string]any{
			"address": "old", "key": tree.BytesValue([]byte{1, 2}),
			"uses": map[string]any{"db": tree.LinkValue(path("services", "db")), "mail": tree.LinkValue(path("services", "mail"))},
		}
		if _, err := node.Set(within(t, time.Minute), path("services", "shop"), stored); err != nil {
			t.Fatal(err)
		}
		shop := cluster.NewRef[service](node, path("services", "shop"))
		_, err := shop.Update(within(t, time.Minute), func(s service) (service, error) {
			s.Address = "new"
			return s, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		stored["address"] = "new"
		want, _ := tree.ValueOf(stored)
		if got, _ := node.Tree().Get(path("services", "shop")); !got.Value().Equal(want) {
			t.Errorf("an update of the address gave %v, want %v", got.Value(), want)
		}
	})
}
