package nodes_test

import (
	"testing"

	"example.com/gstate/jepsen-like/history"
)

func TestUsageIsThatOfTheProcess(t *testing.T) {
	cluster, h, _ := running(t, 1)
	first := cluster.Usage("a")
	if first.Start != 1 || first.Memory < 1<<20 || first.Files < 3 || first.Threads < 1 {
		t.Errorf("a node that runs takes %+v", first)
	}
	must(t, cluster.Kill("a"))
	if none := cluster.Usage("a"); none != (history.Usage{}) {
		t.Errorf("a node that is down takes %+v", none)
	}
	must(t, cluster.Start("a"))
	h.next(t)
	if again := cluster.Usage("a"); again.Start != 2 || cluster.Starts("a") != 2 {
		t.Errorf("a node that was started again takes %+v, and has %d starts", again, cluster.Starts("a"))
	}
}
