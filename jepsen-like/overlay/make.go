package overlay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

var (
	// ErrAnchor: the text that was to be changed is not there, or more than
	// once. Another version of Go, or of a module, has another text.
	ErrAnchor = errors.New("anchor does not fit")
	// ErrConflict: two sets want a file to be different things.
	ErrConflict = errors.New("sets do not go together")
)

// Make writes the changed files and a file for go build's flag -overlay into
// the folder, and returns the path of the latter. The folder must stay while
// the go command runs. Later sets find what earlier ones have made of a file.
//
// Make asks the go command where packages are, so its working directory must be
// inside the module. It waits for that, or until ctx ends.
func Make(ctx context.Context, dir string, sets ...Set) (jsonPath string, err error) {
	folders, err := locate(ctx, packagesOf(sets))
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	changed := &tree{folders: folders, contents: map[string]string{}}
	for _, set := range sets {
		if err := changed.apply(set); err != nil {
			return "", fmt.Errorf("overlay %s: %w", set.Name, err)
		}
	}
	jsonPath, err = changed.write(dir)
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	return jsonPath, nil
}

// tree is the source files as the sets have changed them.
type tree struct {
	// folders are those of the packages, by import path.
	folders map[string]string
	// contents are those of the changed files, by path.
	contents map[string]string
}

func (t *tree) apply(set Set) error {
	for _, file := range set.Files {
		path := filepath.Join(t.folders[file.Package], file.Name)
		if _, changed := t.contents[path]; changed {
			return fmt.Errorf("%w: %s was changed already", ErrConflict, path)
		}
		t.contents[path] = file.Content
	}
	for _, edit := range set.Edits {
		if err := t.edit(edit, 1); err != nil {
			return err
		}
	}
	for _, edit := range set.Throughout {
		if err := t.edit(edit, anywhere); err != nil {
			return err
		}
	}
	return nil
}

// anywhere is how often an anchor may stand in a file at most.
const anywhere = 1000

// edit changes the places where the anchor stands, from one to so many.
func (t *tree) edit(edit Edit, most int) error {
	path := filepath.Join(t.folders[edit.Package], edit.File)
	content, changed := t.contents[path]
	if !changed {
		source, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrAnchor, err)
		}
		content = string(source)
	}
	if n := strings.Count(content, edit.Anchor); n < 1 || n > most {
		return fmt.Errorf("%w: %s (built with %s) has this %d times, want 1 to %d:\n%s", ErrAnchor, path, runtime.Version(), n, most, edit.Anchor)
	}
	t.contents[path] = strings.ReplaceAll(content, edit.Anchor, edit.New)
	return nil
}

// write puts each file under a name that tells where it belongs.
func (t *tree) write(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for path, content := range t.contents {
		name := strings.NewReplacer("/", "-", `\`, "-", ":", "-").Replace(strings.TrimPrefix(path, "/"))
		replace[path] = filepath.Join(dir, name)
		if err := os.WriteFile(replace[path], []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	encoded, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return "", err
	}
	jsonPath := filepath.Join(dir, "overlay.json")
	return jsonPath, os.WriteFile(jsonPath, append(encoded, '\n'), 0o600)
}
