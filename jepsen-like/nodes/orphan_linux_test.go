package nodes_test

import "testing"

func TestNoNodeOutlivesAHarnessThatIsKilled(t *testing.T) {
	h := newHouse(t)
	harness := h.harness(t)
	node := h.next(t)
	node.send("ping")
	node.awaitPong()
	if err := harness.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = harness.Wait()
	// This hangs if the node lives on.
	node.awaitEnd()
}
