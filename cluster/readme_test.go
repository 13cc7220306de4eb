package cluster_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsAnExampleThatCompiles compares the README's program with the
// example that the compiler checks.
func TestReadmeShowsAnExampleThatCompiles(t *testing.T) {
	_, body, _ := strings.Cut(readFile(t, "example_test.go"), "func Example_embedding() {\n")
	body, _, found := strings.Cut(body, "\n}\n")
	if !found || strings.Count(body, "\n") < 10 {
		t.Fatal("the example is gone")
	}
	if !strings.Contains(unindented(readFile(t, "../README.md")), unindented(body)) {
		t.Error("the README shows another program than Example_embedding")
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// unindented returns the text without the space around its lines.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
