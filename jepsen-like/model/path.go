package model

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParsePath returns the keys of a path as changes have it: joined by dots, and
// quoted as JSON strings where they must be.
func ParsePath(text string) ([]string, error) {
	var keys []string
	for rest := text; rest != ""; {
		if keys != nil {
			rest = rest[1:] // the dot
		}
		key, length, err := firstKey(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		keys, rest = append(keys, key), rest[length:]
	}
	return keys, nil
}

// firstKey returns the first key of a path, and how long its text is.
func firstKey(text string) (string, int, error) {
	if !strings.HasPrefix(text, `"`) {
		key, _, _ := strings.Cut(text, ".")
		return key, len(key), nil
	}
	var key string
	decoder := json.NewDecoder(strings.NewReader(text))
	err := decoder.Decode(&key)
	return key, int(decoder.InputOffset()), err
}

// keysOf returns the keys of an item as requests have it.
func keysOf(item string) []string {
	if item == "" {
		return nil
	}
	return strings.Split(item, "/")
}
