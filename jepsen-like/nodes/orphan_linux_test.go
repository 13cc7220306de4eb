package nodes_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNothingOutlivesAHarnessThatIsKilled: neither its node, which cannot even be
// killed as long as its disk hangs, nor its disk, nor its network.
func TestNothingOutlivesAHarnessThatIsKilled(t *testing.T) {
	// What the harness leaves behind becomes a child of ours.
	must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { must(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	for disk := range disks {
		t.Run("with a "+disk+" disk", func(t *testing.T) {
			h := newHouse(t)
			harness, hasDisks := h.harness(t, disk)
			node := h.next(t)
			if images := imagesIn(t, h.dir); hasDisks != (len(images) == 1) {
				t.Errorf("the harness has a disk: %v, and there are loop devices of %v", hasDisks, images)
			}
			namespace := namespaceOf(t, fmt.Sprint(peerOf(t, node.connection)))
			node.send("flush")
			must(t, harness.Process.Kill())
			_ = harness.Wait()
			// This hangs if the node lives on, or any other process.
			node.awaitEnd()
			for err := error(nil); !errors.Is(err, unix.ECHILD); {
				_, err = unix.Wait4(-1, nil, 0, nil)
			}
			if images := imagesIn(t, h.dir); len(images) > 0 {
				t.Errorf("the loop devices of %v are left", images)
			}
			if own := namespaceOf(t, "self"); namespace != own {
				expectNoHolder(t, namespace)
			}
		})
	}
}

// imagesIn returns the files in a folder of which there are loop devices.
func imagesIn(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	must(t, err)
	var images []string
	for _, name := range names {
		// A device may be given back meanwhile.
		if image, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(image), dir+"/") {
			images = append(images, strings.TrimSpace(string(image)))
		}
	}
	return images
}

// namespaceOf returns the name of a process's network namespace, as in
// net:[4026531840].
func namespaceOf(t *testing.T, pid string) string {
	t.Helper()
	name, err := os.Readlink(filepath.Join("/proc", pid, "ns/net"))
	must(t, err)
	return name
}

// expectNoHolder fails the test if anything keeps a namespace: a process in it,
// or a mount that gives it a name. Open files of the harness have ended with it.
func expectNoHolder(t *testing.T, namespace string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/task/[0-9]*/ns/net")
	must(t, err)
	for _, process := range processes {
		// One that has ended meanwhile has no namespace.
		if name, err := os.Readlink(process); err == nil && name == namespace {
			t.Errorf("%s is still in the namespace", process)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	if strings.Contains(string(mounts), namespace) {
		t.Errorf("the namespace %s is mounted", namespace)
	}
}

// TestEachNodeHasANetworkOfItsOwn: or all share the one of the harness, as
// where there can be no others.
func TestEachNodeHasANetworkOfItsOwn(t *testing.T) {
	cluster, _, guests := running(t, 3)
	seen := map[string]bool{namespaceOf(t, "self"): true}
	for _, g := range guests {
		seen[namespaceOf(t, fmt.Sprint(peerOf(t, g.connection)))] = true
	}
	want := 1
	if strings.HasPrefix(cluster.Connected(), "namespaces") {
		want = 1 + len(guests)
	}
	if len(seen) != want {
		t.Errorf("%d networks with that of the harness, want %d: %s", len(seen), want, cluster.Connected())
	}
}
