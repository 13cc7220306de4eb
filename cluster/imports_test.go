package cluster_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of this module, and which others outside the
// standard library, each package of the library may import. The packages of
// jepsen-like, which are not named, may import each other alone.
var allowed = map[string][]string{
	"tree":             {},
	"fsm":              {"tree", "github.com/hashicorp/raft"},
	"transport":        {"github.com/hashicorp/go-hclog", "github.com/hashicorp/raft"},
	"transport/memnet": {},
	"cluster": {
		"tree", "fsm", "transport",
		"github.com/hashicorp/go-hclog", "github.com/hashicorp/raft",
		"github.com/hashicorp/raft-boltdb/v2", "go.etcd.io/bbolt", "go.etcd.io/bbolt/errors",
	},
	"cluster/recipe": {"cluster", "tree"},
	"cluster/web":    {"cluster", "tree"},
	// What the operating system is asked for that the standard library does
	// not ask.
	"jepsen-like/network": {"golang.org/x/sys/unix"},
	// A second opinion, by others.
	"jepsen-like/checker": {"github.com/anishathalye/porcupine"},
	// Planted bugs are patch files.
	"jepsen-like/mutants":      {"github.com/bluekeyes/go-gitdiff/gitdiff"},
	"jepsen-like/disk":         {"golang.org/x/sys/unix"},
	"jepsen-like/nodes":        {"golang.org/x/sys/unix"},
	"jepsen-like/overlay/skew": {"golang.org/x/sys/unix"},
}

func TestPackagesImportOnlyWhatTheDesignAllows(t *testing.T) {
	const module = "example.com/gstate/"
	output, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(output))); decoder.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		permitted, restricted := allowed[name]
		if !restricted && !strings.HasPrefix(name, "jepsen-like") {
			continue
		}
		seen++
		for _, imported := range p.Imports {
			short := strings.TrimPrefix(imported, module)
			outside := strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
			if strings.HasPrefix(short, "jepsen-like") && strings.HasPrefix(name, "jepsen-like") {
				continue
			}
			if outside && !slices.Contains(permitted, short) {
				t.Errorf("%s must not import %s", name, imported)
			}
		}
	}
	if seen < len(allowed) {
		t.Errorf("%d packages were seen, %d are named", seen, len(allowed))
	}
}

func TestEmbeddingNeedsNoCgo(t *testing.T) {
	output, err := exec.Command("go", "list", "-deps", "-f", "{{if .CgoFiles}}{{if not .Standard}}{{.ImportPath}}{{end}}{{end}}", "example.com/gstate/cluster").Output()
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.TrimSpace(string(output)); found != "" {
		t.Errorf("cluster brings in cgo: %s", found)
	}
}
