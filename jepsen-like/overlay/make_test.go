package overlay_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/gstate/jepsen-like/overlay"
)

const own = "example.com/gstate/jepsen-like/overlay"

// replaced returns what an overlay puts in the place of a file of this package.
func replaced(t *testing.T, jsonPath, name string) string {
	t.Helper()
	encoded, err := os.ReadFile(jsonPath)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Replace map[string]string }
	if err := json.Unmarshal(encoded, &file); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file.Replace[path])
	if err != nil {
		t.Fatalf("%s is not replaced: %v", path, err)
	}
	return string(content)
}

func edit(anchor, text string) overlay.Set {
	return overlay.Set{Name: "edit", Edits: []overlay.Edit{{Package: own, File: "doc.go", Anchor: anchor, New: text}}}
}

func TestALaterSetFindsWhatAnEarlierOneHasMade(t *testing.T) {
	path, err := overlay.Make(t.Context(), t.TempDir(),
		edit("\npackage overlay\n", "\npackage first\n"),
		edit("\npackage first\n", "\npackage second\n"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(source), "\npackage overlay\n", "\npackage second\n", 1)
	if got := replaced(t, path, "doc.go"); got != want {
		t.Errorf("doc.go became\n%s\nwant\n%s", got, want)
	}
}

func TestAnAnchorThatDoesNotFitIsNamed(t *testing.T) {
	for name, anchor := range map[string]string{"missing": "no such text\n", "twice": "//\n"} {
		_, err := overlay.Make(t.Context(), t.TempDir(), edit(anchor, ""))
		if !errors.Is(err, overlay.ErrAnchor) || !strings.Contains(err.Error(), "doc.go") || !strings.Contains(err.Error(), anchor) {
			t.Errorf("anchor that is %s: error %v, want %v with the file and the anchor", name, err, overlay.ErrAnchor)
		}
	}
	missing := overlay.Set{Edits: []overlay.Edit{{Package: own, File: "none.go", Anchor: "x"}}}
	if _, err := overlay.Make(t.Context(), t.TempDir(), missing); !errors.Is(err, overlay.ErrAnchor) {
		t.Errorf("file that is not there: error %v, want %v", err, overlay.ErrAnchor)
	}
}

func TestAFileMayComeFromElsewhere(t *testing.T) {
	whole := overlay.Set{Name: "whole", Files: []overlay.File{{Package: own, Name: "doc.go", Content: "package whole\n"}}}
	path, err := overlay.Make(t.Context(), t.TempDir(), whole, edit("package whole\n", "package edited\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := replaced(t, path, "doc.go"); got != "package edited\n" {
		t.Errorf("doc.go became %q", got)
	}
	if _, err := overlay.Make(t.Context(), t.TempDir(), edit("package overlay\n", ""), whole); !errors.Is(err, overlay.ErrConflict) {
		t.Errorf("a whole file over an edited one: error %v, want %v", err, overlay.ErrConflict)
	}
}

func TestAnUnknownPackageIsNamed(t *testing.T) {
	unknown := overlay.Set{Edits: []overlay.Edit{{Package: own + "/unknown", File: "doc.go", Anchor: "x"}}}
	if _, err := overlay.Make(t.Context(), t.TempDir(), unknown); err == nil || !strings.Contains(err.Error(), own+"/unknown") {
		t.Errorf("a package that is not there: error %v, want one that names it", err)
	}
}
