package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderFlags are the flags that name a folder, with their commands.
var folderFlags = map[string][]string{
	"-dir":    {"-time", "2s"},
	"-traces": {"simulate", "-seeds", "1"},
	"-keep":   {"simulate", "-seeds", "1"},
}

func TestFoldersOfFlagsAreMade(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // there is no Go: no run begins
	for name, args := range folderFlags {
		dir := filepath.Join(t.TempDir(), "deep", "er")
		var out bytes.Buffer
		if status := run(t.Context(), append(args, name, dir), &out, &out); status != exitBroken {
			t.Errorf("%s: status %d, want %d\n%s", name, status, exitBroken, out.String())
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: want an empty folder, has %v, error %v", name, left, err)
		}
	}
}

// TestAFolderOfAFlagThatCannotBeMadeIsNamedFirst: before anything is built.
func TestAFolderOfAFlagThatCannotBeMadeIsNamedFirst(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range folderFlags {
		var out bytes.Buffer
		status := run(t.Context(), append(args, name, filepath.Join(file, "beneath")), &out, &out)
		if status != exitBroken || !strings.Contains(out.String(), name+": mkdir "+file) {
			t.Errorf("%s: status %d, want %d and the folder: %s", name, status, exitBroken, out.String())
		}
	}
}
