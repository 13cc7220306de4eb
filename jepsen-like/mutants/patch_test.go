package mutants

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/overlay"
)

// root is the folder of the module.
const root = "../.."

func allPatches(t *testing.T) []Patch {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAllBugsOfTheListArePlanted: twenty of them, and what is beyond that has a
// number of its own.
func TestAllBugsOfTheListArePlanted(t *testing.T) {
	there := map[string]bool{}
	for _, patch := range allPatches(t) {
		if there[patch.Number] {
			t.Errorf("number %s is there twice", patch.Number)
		}
		there[patch.Number] = true
		if !strings.HasPrefix(strings.TrimLeft(patch.File, "0"), patch.Number+"-") {
			t.Errorf("%s has number %s", patch.File, patch.Number)
		}
	}
	for n := 1; n <= 20; n++ {
		if !there[strconv.Itoa(n)] {
			t.Errorf("bug %d is not planted", n)
		}
	}
}

// TestEachPatchFitsTheSources: it still applies, and what comes of it compiles.
func TestEachPatchFitsTheSources(t *testing.T) {
	exports := exportData(t)
	for _, patch := range allPatches(t) {
		t.Run(patch.File, func(t *testing.T) {
			changed := map[string]string{}
			packages := map[string]bool{}
			for _, edit := range patch.Set.Edits {
				apply(t, changed, edit)
				packages[edit.Package] = true
			}
			for path := range packages {
				compile(t, path, changed, exports)
			}
		})
	}
}

// folderOf returns the folder of a package of the module.
func folderOf(path string) string { return filepath.Join(root, strings.TrimPrefix(path, module)) }

// apply makes an edit in the contents of files, by their paths.
func apply(t *testing.T, changed map[string]string, edit overlay.Edit) {
	t.Helper()
	path := filepath.Join(folderOf(edit.Package), edit.File)
	if _, ok := changed[path]; !ok {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed[path] = string(content)
	}
	if n := strings.Count(changed[path], edit.Anchor); n != 1 {
		t.Fatalf("%s has this %d times, want once:\n%s", path, n, edit.Anchor)
	}
	changed[path] = strings.Replace(changed[path], edit.Anchor, edit.New, 1)
}

// exportData returns the files in which the compiler has stored what packages
// export, by import path, of all that the module needs.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export",
		module+"cluster/...", module+"transport", module+"cmd/node").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var listed struct{ ImportPath, Export string }
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		files[listed.ImportPath] = listed.Export
	}
}

// compile checks the types of a package of which some files are changed.
func compile(t *testing.T, path string, changed, exports map[string]string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folderOf(path), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		var source any
		if content, ok := changed[name]; ok {
			source = content
		}
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	config := types.Config{Importer: importer.ForCompiler(set, runtime.Compiler, lookup)}
	if _, err := config.Check(path, set, files, nil); err != nil {
		t.Error(err)
	}
}

// TestGuardsNameTestsThatExist: a bug that takes a guard away names the test that
// fails without it.
func TestGuardsNameTestsThatExist(t *testing.T) {
	for _, patch := range allPatches(t) {
		if patch.Test == "" {
			continue
		}
		folder, name, _ := strings.Cut(patch.Test, ".")
		if !hasTest(t, filepath.Join(root, folder), name) {
			t.Errorf("%s: there is no %s", patch.File, patch.Test)
		}
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

const header = `Number: 7
Name: a bug
Plants: something that
  is wrong
Mode: sim
Workload: counter
Faults: any
Checker: counter
Budget: 10s
Sizes: -snapshot-entries 5 -trailing-logs 1

`

const diff = `diff --git a/fsm/a.go b/fsm/a.go
--- a/fsm/a.go
+++ b/fsm/a.go
@@ -1,3 +1,3 @@
 one
-two
+three
 four
`

func TestPatchIsItsHeaderAndItsEdits(t *testing.T) {
	patch, err := Parse("07-a-bug.patch", []byte(header+diff))
	if err != nil {
		t.Fatal(err)
	}
	if patch.Number != "7" || patch.Plants != "something that is wrong" || patch.Budget.String() != "10s" || len(patch.Sizes) != 4 {
		t.Errorf("the header is %+v", patch)
	}
	want := overlay.Edit{Package: "example.com/gstate/fsm", File: "a.go", Anchor: "one\ntwo\nfour\n", New: "one\nthree\nfour\n"}
	if len(patch.Set.Edits) != 1 || patch.Set.Edits[0] != want {
		t.Errorf("the edits are %+v", patch.Set.Edits)
	}
}

func TestMalformedPatchesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"no checker":     {strings.Replace(header, "Checker: counter\n", "", 1) + diff, "it has no Checker"},
		"unknown field":  {"Author: me\n" + header + diff, "there is no field Author"},
		"field twice":    {"Mode: sim\n" + header + diff, "two fields Mode"},
		"unknown mode":   {strings.Replace(header, "sim", "dream", 1) + diff, `its mode is "dream"`},
		"bad budget":     {strings.Replace(header, "10s", "soon", 1) + diff, "soon"},
		"line of no use": {"hello\n" + header + diff, `line "hello"`},
		"no diff":        {header, "it changes nothing"},
		"broken diff":    {header + strings.Replace(diff, "+1,3", "+1,9", 1), "broken.patch"},
	} {
		_, err := Parse("broken.patch", []byte(c.text))
		if !errors.Is(err, ErrPatch) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want ErrPatch that says %q", name, err, c.says)
		}
	}
}
