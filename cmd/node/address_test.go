package main

import (
	"net/url"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

func TestBaseURLsAreCompleted(t *testing.T) {
	tests := []struct{ name, address, want string }{
		{"a host and a port", "127.0.0.1:8001", "http://127.0.0.1:8001"},
		{"a URL", "http://h:1", "http://h:1"},
		{"a slash at the end", "https://h:1/", "https://h:1"},
		{"a prefix", "http://h/state%20of/x/", "http://h/state%20of/x"},
		{"another scheme", "ftp://h", ""},
		{"no host", "http://", ""},
		{"nothing", "", ""},
		{"a port that is none", "h:port", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := baseURL(test.address)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// FuzzStatePath checks that a path comes out of its URL again, whatever the
// keys are, and that no key can break out of its segment.
func FuzzStatePath(f *testing.F) {
	for _, seed := range []string{"", "users.anna", `"a/b"."..".".".x`, `"?"."#x"."%2F"."+"."\u0000"`, `"é日本"`, `a."".b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := tree.ParsePath(text)
		if err != nil {
			return
		}
		got, err := statePath(path)
		for _, key := range path {
			if key == "" {
				if err == nil {
					t.Errorf("path %s with an empty key has the URL path %q", path, got)
				}
				return
			}
		}
		parsed, err := url.Parse("http://h" + got)
		if err != nil {
			t.Fatalf("URL path %q of %s: %v", got, path, err)
		}
		if back := decodedPath(t, parsed); !back.Equal(path) {
			t.Errorf("URL path %q of %s names %s", got, path, back)
		}
	})
}

// decodedPath is the path that a URL names, by the contract.
func decodedPath(t *testing.T, u *url.URL) tree.Path {
	t.Helper()
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/v1/state/")
	if !ok || u.RawQuery != "" || u.Fragment != "" {
		t.Fatalf("%s is not the URL of an item", u)
	}
	if rest == "" {
		return nil
	}
	var path tree.Path
	for segment := range strings.SplitSeq(rest, "/") {
		key, err := url.PathUnescape(segment)
		if err != nil || segment == "." || segment == ".." {
			t.Fatalf("segment %q: %v", segment, err)
		}
		path = append(path, key)
	}
	return path
}
