package web

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestParsePath(t *testing.T) {
	for _, test := range []struct {
		name, escaped string
		want          tree.Path
	}{
		{"nothing is the root", "", nil},
		{"a slash is the root", "/", nil},
		{"keys", "/users/anna", tree.Path{"users", "anna"}},
		{"an encoded slash belongs to its key", "/a%2Fb/c", tree.Path{"a/b", "c"}},
		{"a plus is a plus", "/a+b%2Bc", tree.Path{"a+b+c"}},
		{"an encoded space", "/a%20b", tree.Path{"a b"}},
		{"an encoded percent is decoded once", "/100%2525", tree.Path{"100%25"}},
		{"dots are keys", "/./../...", tree.Path{".", "..", "..."}},
		{"a dot does not separate keys", "/a.b", tree.Path{"a.b"}},
		{"characters of several bytes", "/%C3%BC/ü", tree.Path{"ü", "ü"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parsePath(test.escaped)
			if err != nil || !got.Equal(test.want) {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, test := range []struct {
		name, escaped string
		want          error
	}{
		{"an empty key", "//", cluster.ErrInvalid},
		{"an empty key at the end", "/a/", cluster.ErrInvalid},
		{"an empty key in the middle", "/a//b", cluster.ErrInvalid},
		{"half an escape", "/a%2", cluster.ErrInvalid},
		{"what is not UTF-8", "/%C3", cluster.ErrInvalid},
		{"a reserved key", "/a/%5F", cluster.ErrInvalid},
		{"one key too many", strings.Repeat("/k", tree.MaxDepth+1), cluster.ErrTooLarge},
		{"a key that is too long", "/" + strings.Repeat("k", tree.MaxKeyBytes+1), cluster.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if path, err := parsePath(test.escaped); !errors.Is(err, test.want) {
				t.Errorf("%q, %v, want %v", path, err, test.want)
			}
		})
	}
}

// FuzzParsePath holds parsePath against the escaping of net/url, on paths from
// URLs and on paths from keys.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		"", "/", "//", "/a/b", "/a%2Fb", "/a/", "/%", "/%zz", "/+", "/../.", "/_", "/%23", "/%00", "/\xff", "/ü", "/a?b", "a",
		strings.Repeat("/k", tree.MaxDepth+1), "/" + strings.Repeat("k", tree.MaxKeyBytes+1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkParsed(t, "/"+text)
		checkKeys(t, strings.Split(text, "/"))
	})
}

// checkParsed demands that a path which is accepted is one that an item can
// have, with a key for each segment, and that its canonical form is read as
// the same path.
func checkParsed(t *testing.T, escaped string) {
	path, err := parsePath(escaped)
	if err != nil {
		if !errors.Is(err, cluster.ErrInvalid) && !errors.Is(err, cluster.ErrTooLarge) {
			t.Fatalf("%q: %v", escaped, err)
		}
		return
	}
	if err := path.Validate(); err != nil {
		t.Fatalf("%q: %v", escaped, err)
	}
	if len(path) != strings.Count(escaped, "/") && escaped != "/" {
		t.Fatalf("%q has keys %q", escaped, path)
	}
	if again, err := parsePath(escapePath(path)); err != nil || !again.Equal(path) {
		t.Fatalf("%q is read as %q, and that as %q, %v", escaped, path, again, err)
	}
}

// checkKeys demands that every path without an empty key can be written in a
// URL, and no other one.
func checkKeys(t *testing.T, keys tree.Path) {
	got, err := parsePath(escapePath(keys))
	for _, key := range keys {
		if key == "" && len(keys) > 1 && err == nil {
			t.Fatalf("%q has an empty key, and is read as %q", keys, got)
		}
		if key == "" {
			return
		}
	}
	if valid := keys.Validate() == nil; valid != (err == nil) || valid && !got.Equal(keys) {
		t.Fatalf("%q is read as %q, %v", keys, got, err)
	}
}

// escapePath is the inverse of parsePath.
func escapePath(path tree.Path) string {
	var escaped strings.Builder
	for _, key := range path {
		escaped.WriteString("/" + url.PathEscape(key))
	}
	return escaped.String()
}
