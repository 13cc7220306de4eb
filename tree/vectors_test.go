package tree

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// vector is one recorded run of the original GState.
type vector struct {
	ID    int `json:"id"`
	Steps []struct {
		Op    string          `json:"op"`
		Path  Path            `json:"path"`
		Value json.RawMessage `json:"value"`
		Query json.RawMessage `json:"query"`
		Want  json.RawMessage `json:"want"`
	} `json:"steps"`
}

// The recorded runs use set, delete and query alone, no references. Arrays are
// compared in order: the recorder lists the children of a map in our order of
// keys.
func TestRecordedRunsOfTheOriginal(t *testing.T) {
	file, err := os.Open("testdata/gstate-vectors/set-delete-query.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	runs, queries := 0, 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		runs++
		t.Run(fmt.Sprintf("run %d", v.ID), func(t *testing.T) { queries += replay(t, v) })
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if runs != 400 || queries != 3906 {
		t.Errorf("replayed %d runs with %d queries, want 400 and 3906", runs, queries)
	}
}

// replay runs the steps of v, publishing a tree after each, and returns how
// many queries it checked.
func replay(t *testing.T, v vector) (queries int) {
	current := New()
	kept := make(map[string]*Result) // of the queries so far, by their text
	for i, step := range v.Steps {
		edit := current.Edit()
		switch step.Op {
		case "set":
			must(t, edit.Set(step.Path, parse(t, string(step.Value))))
		case "delete":
			must(t, edit.Delete(step.Path))
		case "query":
			queries++
			q, err := ParseQuery(step.Query)
			must(t, err)
			got, _ := q.Eval(current)
			if want := parse(t, string(step.Want)); !got.Equal(want) {
				t.Fatalf("step %d: query %s gave %v, want %v", i, step.Query, got, want)
			}
			kept[q.String()] = q.Result(current)
		default:
			t.Fatalf("step %d: unknown op %q", i, step.Op)
		}
		next := edit.Tree()
		check(t, next)
		for text, result := range kept {
			kept[text] = result.Next(current, next)
			got, _ := kept[text].Value()
			if want, _ := result.query.Eval(next); !got.Equal(want) {
				t.Fatalf("step %d: the kept result of %s is %v, want %v", i, text, got, want)
			}
		}
		current = next
	}
	return queries
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// parse returns the value of JSON text.
func parse(t testing.TB, text string) Value {
	t.Helper()
	v, err := ParseJSON([]byte(text))
	must(t, err)
	return v
}
