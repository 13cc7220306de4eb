package cluster_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Typed watches decode values, so they have them whatever the options say.
func TestTypedWatchHasItsValuesWithOnlyChanges(t *testing.T) {
	inVirtualTime(t, 1, nil, func(t *testing.T, v *virtual) {
		node := v.nodes[v.leader()]
		counts, one := cluster.NewMap[int](node, path("counts")), cluster.NewRef[int](node, path("counts", "a"))
		if _, err := one.Set(within(t, time.Minute), 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			if _, err := one.Set(ctx, 2); err != nil {
				t.Error(err)
			}
		}()
		var changes []cluster.MapChange[int]
		for event, err := range counts.Watch(ctx, cluster.OnlyChanges()) {
			if err != nil {
				t.Fatal(err)
			}
			if changes = append(changes, event.Changes...); len(changes) == 2 {
				break
			}
		}
		if last := changes[1]; !last.Is || !last.Was || last.Old != 1 || last.New != 2 {
			t.Errorf("the change is %+v", last)
		}
		for event, err := range one.Watch(ctx, cluster.OnlyChanges()) {
			if err != nil || event.Value != 2 {
				t.Errorf("value %d, %v", event.Value, err)
			}
			break
		}
		cancel()
	})
}

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
