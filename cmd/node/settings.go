package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// environmentPrefix begins the name of every environment variable that this
// program reads.
const environmentPrefix = "GSTATE_"

// settingsExample is a settings file for a member of three on one machine. That
// it lacks the id lets it serve several: on machines of their own, all of them.
const settingsExample = `  {
    "peers": {"a": "127.0.0.1:7001", "b": "127.0.0.1:7002",
              "c": "127.0.0.1:7003"},
    "data": "./data",
    "http": "127.0.0.1:8003",
    "snapshot-age": "30m"
  }`

// source is a place where the text of a flag can come from when the command
// line does not have it.
type source struct {
	// label names the place of one flag for an error: "environment variable
	// GSTATE_ID".
	label func(flag string) string
	// lookup returns the text, and whether the place has one.
	lookup func(flag string) (string, bool)
}

// fillFlags sets each flag of names that the command line left out from the
// first source that has it. So the command line goes before the environment,
// the environment before a file, and a file before the default. What comes from
// a source is read as the command line is; the error says where it stood.
func fillFlags(cmd *cobra.Command, names []string, sources ...source) error {
	for _, name := range names {
		for _, from := range sources {
			text, ok := from.lookup(name)
			if !ok || cmd.Flags().Changed(name) {
				continue
			}
			if err := cmd.Flags().Set(name, text); err != nil {
				return usagef(cmd, "%s: %w", from.label(name), err)
			}
		}
	}
	return nil
}

// environmentName is the variable of a flag: GSTATE_SNAPSHOT_ENTRIES for
// --snapshot-entries.
func environmentName(flag string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment is the source of the variables. An empty one counts as not
// set, since that is how service managers and compose files unset them.
func fromEnvironment() source {
	return source{
		label: func(flag string) string { return "environment variable " + environmentName(flag) },
		lookup: func(flag string) (string, bool) {
			text := os.Getenv(environmentName(flag))
			return text, text != ""
		},
	}
}

// fromFile is the source of a settings file: a JSON object with the names of
// flags as keys. The error names the first key that is no flag of names, or the
// value that no flag can have.
func fromFile(path string, names []string) (source, error) {
	texts, err := readSettings(path)
	if err != nil {
		return source{}, fmt.Errorf("settings file %s: %w", path, err)
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if !slices.Contains(names, key) {
			return source{}, fmt.Errorf("settings file %s: %q is no setting: want one of %s", path, key, strings.Join(names, ", "))
		}
	}
	return source{
		label:  func(flag string) string { return fmt.Sprintf("settings file %s: %q", path, flag) },
		lookup: func(flag string) (string, bool) { text, ok := texts[flag]; return text, ok },
	}, nil
}

// readSettings reads a settings file and writes each value as a flag would be
// given. Numbers are taken as they are written, so that none loses digits.
func readSettings(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	texts := make(map[string]string, len(values))
	for key, value := range values {
		if texts[key], err = settingText(value); err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
	}
	return texts, nil
}

// settingText writes a value of a settings file as a flag would be given; an
// object as key=value,key=value.
func settingText(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case json.Number:
		return value.String(), nil
	case bool:
		return strconv.FormatBool(value), nil
	case map[string]any:
		pairs := make([]string, 0, len(value))
		for _, key := range slices.Sorted(maps.Keys(value)) {
			text, ok := value[key].(string)
			if !ok {
				return "", fmt.Errorf("%q: want a string", key)
			}
			pairs = append(pairs, key+"="+text)
		}
		return strings.Join(pairs, ","), nil
	}
	return "", errors.New("want a string, a number, true, false, or an object of strings")
}

// withoutPath takes the path out of an error of package os whose text names it
// elsewhere already.
func withoutPath(err error) error {
	if wrapped, ok := errors.AsType[*os.PathError](err); ok {
		return wrapped.Err
	}
	return err
}
