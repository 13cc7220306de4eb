package nodes

import (
	"debug/buildinfo"
	"fmt"
	"strings"
)

// Versions says what a program was built from: Go, the commit if the program was
// built in a repository, and the engine and its store.
func Versions(binary string) (map[string]string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", binary, err)
	}
	versions := map[string]string{"go": info.GoVersion}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision", "vcs.modified":
			versions[strings.TrimPrefix(setting.Key, "vcs.")] = setting.Value
		}
	}
	for _, module := range info.Deps {
		if strings.Contains(module.Path, "raft") || strings.Contains(module.Path, "bbolt") {
			versions[module.Path] = module.Version
		}
	}
	return versions, nil
}
