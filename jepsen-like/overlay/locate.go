package overlay

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// packagesOf returns the import paths that the sets name.
func packagesOf(sets []Set) []string {
	var paths []string
	for _, set := range sets {
		for _, edit := range slices.Concat(set.Edits, set.Throughout) {
			paths = append(paths, edit.Package)
		}
		for _, file := range set.Files {
			paths = append(paths, file.Package)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// locate returns the folders of packages, by import path.
func locate(ctx context.Context, paths []string) (map[string]string, error) {
	folders := map[string]string{}
	if len(paths) == 0 {
		return folders, nil
	}
	const separator = "\t"
	arguments := append([]string{"list", "-find", "-f", "{{.ImportPath}}" + separator + "{{.Dir}}", "--"}, paths...)
	command := exec.CommandContext(ctx, "go", arguments...)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("go list: %w", context.Cause(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, problems.Bytes())
	}
	for line := range strings.Lines(string(output)) {
		path, folder, _ := strings.Cut(strings.TrimSpace(line), separator)
		folders[path] = folder
	}
	return folders, nil
}
