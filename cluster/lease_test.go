package cluster_test

import (
	"testing"
	"time"

	"example.com/gstate/tree"
)

// TestLeaseLastsItsTimeAcrossLeaders watches the item while leaders are cut off
// one after the other.
func TestLeaseLastsItsTimeAcrossLeaders(t *testing.T) {
	inVirtualTime(t, 3, nil, func(t *testing.T, v *virtual) {
		const ttl = 30 * time.Second
		v.leader()
		granted, ended := time.Now(), make(chan time.Time, 1)
		grant(t, v.nodes["a"], ttl)
		go func() {
			for event := range v.nodes["a"].Watch(within(t, time.Hour), tree.Subtree(leased)) {
				if !event.Exists {
					break
				}
			}
			ended <- time.Now()
		}()
		for range 3 {
			old := v.leader()
			v.net.Isolate(old)
			for id, node := range v.nodes {
				if id == old {
					continue
				}
				if err := node.WaitReady(within(t, time.Minute)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
			v.net.HealAll()
		}
		if took := (<-ended).Sub(granted); took < ttl {
			t.Errorf("it lived %v", took)
		}
	})
}
