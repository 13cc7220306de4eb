package nodes_test

import (
	"errors"
	"testing"

	"example.com/gstate/jepsen-like/nodes"
)

// canEnd reports whether nodes can be asked to end here. Where they cannot, the
// error has to say so.
func canEnd(t *testing.T, cluster *nodes.Cluster) bool {
	t.Helper()
	err := cluster.CanEnd()
	if err != nil && !errors.Is(err, nodes.ErrUnsupported) {
		t.Errorf("got %v, want %v", err, nodes.ErrUnsupported)
	}
	return err == nil
}

func TestANodeThatIsAskedToEndIsNoCrash(t *testing.T) {
	cluster, h, guests := running(t, 2)
	if !canEnd(t, cluster) {
		return
	}
	must(t, cluster.End("b"))
	guests["b"].awaitEnd()
	must(t, cluster.End("b"))
	must(t, cluster.Start("b"))
	h.next(t).do("ping")
	if crashes := cluster.Crashes(); len(crashes) > 0 {
		t.Errorf("an end in order is taken for a crash: %v", crashes)
	}
}

func TestOpenWaitsUntilTheNodeAnswers(t *testing.T) {
	cluster, h, guests := running(t, 1)
	must(t, cluster.Kill("a"))
	guests["a"].awaitEnd()
	for range 2 {
		if opened, err := cluster.Open("a"); err != nil || !opened {
			t.Errorf("opened %v, error %v", opened, err)
		}
	}
	h.next(t).do("ping")
}

func TestASuccessorFindsTheAddressTakenOrFollows(t *testing.T) {
	cluster, h, guests := running(t, 1)
	if !canEnd(t, cluster) {
		return
	}
	must(t, cluster.Succeed("a"))
	guests["a"].awaitEnd()
	// The successor has given up, or it runs. In both cases a node runs in the end.
	if opened, err := cluster.Open("a"); err != nil || !opened {
		opened, err = cluster.Open("a")
		if err != nil || !opened {
			t.Fatalf("opened %v, error %v", opened, err)
		}
	}
	h.next(t).do("ping")
	if crashes := cluster.Crashes(); len(crashes) > 0 {
		t.Errorf("one that finds its address taken is a crash: %v", crashes)
	}
}

func TestASuccessorThatHasOpenedItsFolderHasNoExcuse(t *testing.T) {
	cluster, h, guests := running(t, 1)
	if !canEnd(t, cluster) {
		return
	}
	must(t, cluster.Succeed("a"))
	guests["a"].awaitEnd()
	for opened := false; !opened; {
		var err error
		if opened, err = cluster.Open("a"); err != nil {
			t.Fatal(err)
		}
	}
	wantOnlyCrash(t, cluster, h.next(t), "a successor ends by itself")
}

func TestSucceedStartsANodeThatDoesNotRun(t *testing.T) {
	cluster, h, guests := running(t, 1)
	must(t, cluster.Kill("a"))
	guests["a"].awaitEnd()
	must(t, cluster.Succeed("a"))
	h.next(t).do("ping")
}

func TestADamagedFolderIsRefusedAndPutBack(t *testing.T) {
	for name, damage := range map[string]func(*nodes.Cluster) error{
		"other bytes": func(c *nodes.Cluster) error {
			return c.Damage("a", "state/file", func(found []byte) []byte {
				if string(found) != content {
					t.Errorf("the file holds %q, want %q", found, content)
				}
				return []byte("garbage")
			})
		},
		"cut short": func(c *nodes.Cluster) error {
			return c.Damage("a", "state/file", func(found []byte) []byte { return found[:3] })
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, h, guests := runningWith(t, nodes.Config{Count: 1, Disks: true})
			must(t, cluster.Kill("a"))
			guests["a"].awaitEnd()
			if files, err := cluster.Files("a"); err != nil || len(files) != 1 || files[0] != "state/file" {
				t.Fatalf("files %v, error %v", files, err)
			}
			must(t, damage(cluster))
			if opened, err := cluster.Open("a"); err != nil || opened {
				t.Errorf("opened %v, error %v", opened, err)
			}
			must(t, cluster.Repair("a"))
			if opened, err := cluster.Open("a"); err != nil || !opened {
				t.Errorf("after the repair: opened %v, error %v", opened, err)
			}
			h.next(t).do("ping")
			if crashes := cluster.Crashes(); len(crashes) > 0 {
				t.Errorf("the refusal is taken for a crash: %v", crashes)
			}
		})
	}
}

func TestWhatANodeHasOpenedIsNotPutBack(t *testing.T) {
	cluster, h, guests := running(t, 1)
	must(t, cluster.Kill("a"))
	guests["a"].awaitEnd()
	// The node makes a folder anew that is gone.
	must(t, cluster.Damage("a", "state", nil))
	if opened, err := cluster.Open("a"); err != nil || !opened {
		t.Fatalf("opened %v, error %v", opened, err)
	}
	h.next(t).do("write")
	must(t, cluster.Kill("a"))
	must(t, cluster.Repair("a"))
	if files, err := cluster.Files("a"); err != nil || len(files) != 2 {
		t.Errorf("files %v, error %v: what was written since is gone", files, err)
	}
	must(t, cluster.Start("a"))
	wantOnlyCrash(t, cluster, h.next(t), "the folder is whole again, and a process ends by itself")
}
