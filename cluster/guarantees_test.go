package cluster_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	slashed "path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the folder of the module.
var module = os.DirFS("..")

// named finds the tests that a text names: TestX of the package itself, and
// with its folder, as in transport/memnet.TestX, of another one.
var named = regexp.MustCompile(`(?:([a-z][a-z/-]*)\.)?\b((?:Test|Fuzz)[A-Z]\w*)`)

// TestDocumentationNamesTestsThatExist, for each guarantee at least one.
func TestDocumentationNamesTestsThatExist(t *testing.T) {
	documented := 0
	for _, file := range goFiles(t, "doc.go") {
		documented++
		text := readText(t, file)
		for _, name := range named.FindAllStringSubmatch(text, -1) {
			folder := name[1]
			if folder == "" {
				folder = slashed.Dir(file)
			}
			if !declares(t, folder, name[2]) {
				t.Errorf("%s names %s, and there is no %s in %s", file, name[0], name[2], folder)
			}
		}
		for _, guarantee := range guarantees(text) {
			if !named.MatchString(guarantee) {
				t.Errorf("%s does not say which test holds: %q", file, guarantee)
			}
		}
	}
	if documented < 15 {
		t.Errorf("%d packages are documented: the test looks at the wrong place", documented)
	}
}

// guarantees returns the items of the list of guarantees, or the whole section
// where there is no list.
func guarantees(text string) []string {
	section := regexp.MustCompile(`(?s)\n// # (?:Guarantees|What a passing run says)\n(.*?)\n// # `).FindString(text)
	items := strings.Split(section, "\n//   - ")
	return items[min(1, len(items)-1):]
}

// declares reports whether the tests in a folder have a function of that name.
func declares(t *testing.T, folder, name string) bool {
	files, err := fs.Glob(module, slashed.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		return strings.Contains(readText(t, file), "\nfunc "+name+"(")
	})
}

// TestReplicatedPackagesDependOnNothingOutside: what every member must come to
// by itself looks at no clock, chance or machine, and starts no goroutine.
func TestReplicatedPackagesDependOnNothingOutside(t *testing.T) {
	outside := []string{"time", "math/rand", "math/rand/v2", "crypto/rand", "os", "log", "log/slog", "net", "runtime", "hash/maphash"}
	for _, file := range slices.Concat(goFiles(t, "tree/*.go"), goFiles(t, "fsm/*.go")) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, readText(t, file), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range parsed.Imports {
			if name, _ := strconv.Unquote(imported.Path.Value); slices.Contains(outside, name) {
				t.Errorf("%s imports %s", file, name)
			}
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			if _, starts := node.(*ast.GoStmt); starts {
				t.Errorf("%s starts a goroutine", file)
			}
			return true
		})
	}
}

// goFiles returns the files of the module whose path, or else name, matches.
func goFiles(t *testing.T, pattern string) (files []string) {
	err := fs.WalkDir(module, ".", func(file string, entry fs.DirEntry, err error) error {
		byPath, _ := slashed.Match(pattern, file)
		byName, _ := slashed.Match(pattern, entry.Name())
		if byPath || byName {
			files = append(files, file)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files match %s: %v", len(files), pattern, err)
	}
	return files
}

func readText(t *testing.T, file string) string {
	content, err := fs.ReadFile(module, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
