package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/gstate/tree"
)

// came is an event with a result, or with nothing if that is empty.
func came(revision uint64, result string, gone ...expelled) answer {
	exists := result != ""
	return answer{Revision: revision, Result: json.RawMessage(result), Exists: &exists, Expelled: gone}
}

// at is a time of a test, so many seconds after its begin.
func at(seconds int) time.Time { return time.Unix(1000, 0).Add(time.Duration(seconds) * time.Second) }

// seen is what a view shows in a terminal, row by row.
func seen(v *liveView, width, height int, now time.Time) string {
	var text strings.Builder
	for _, r := range v.rows(width, height, now) {
		text.WriteString(r.text + "\n")
	}
	return text.String()
}

func TestLiveViewMarksWhatHasChanged(t *testing.T) {
	v := &liveView{subject: "users"}
	for _, step := range []struct {
		name  string
		event answer
		want  string
	}{
		{"the first result", came(3, `{"anna":{"age":41,"tags":["a","b"]},"bert":{"age":7.0}}`), `
users: revision 3, unchanged for 2s, from http://n
  anna:
    age: 41
    tags:
      - "a"
      - "b"
  bert:
    age: 7.0
`},
		{"changes at three places", came(5, `{"anna":{"age":42,"tags":["b"]},"carl":{},"bert":{"age":7.0}}`), `
users: revision 5, unchanged for 2s, from http://n
  anna:
-   age: 41
+   age: 42
    tags:
-     - "a"
      - "b"
  bert:
    age: 7.0
+ carl: {}
`},
		{"one that went by itself", came(6, `{"anna":{"age":42,"tags":["b"]},"bert":{"age":7.0}}`, expelled{"users.carl", 6, "lease"}), `
users: revision 6, unchanged for 2s, from http://n
! users.carl: its time was over
  anna:
    age: 42
    tags:
      - "b"
  bert:
    age: 7.0
- carl: {}
`},
		{"nothing any more", came(7, ``), `
users: revision 7, unchanged for 2s, from http://n
- anna:
-   age: 42
-   tags:
-     - "b"
- bert:
-   age: 7.0
+ (nothing)
`},
	} {
		v.node = "http://n"
		v.update(step.event, at(10))
		if got := "\n" + seen(v, 80, 24, at(12)); got != step.want {
			t.Errorf("%s: got %s\nwant %s", step.name, got, step.want)
		}
	}
}

func TestLiveViewSaysWhyTheResultHasChanged(t *testing.T) {
	v := &liveView{subject: "a"}
	for _, step := range []struct{ data, want string }{
		{`{"revision":3,"result":1}`, "a: revision 3, unchanged"},
		{`{"revision":4,"result":2,"reasons":["write"]}`, "a: revision 4 (write), unchanged"},
		{`{"revision":7,"result":3,"reasons":["lease","transaction"]}`, "a: revision 7 (lease, transaction), unchanged"},
		{`{"revision":9,"result":4,"reset":true}`, "a: revision 9 (changes may have been missed), unchanged"},
		{`{"revision":10,"result":5}`, "a: revision 10, unchanged"},
	} {
		event, err := parseAnswer([]byte(step.data))
		if err != nil {
			t.Fatal(err)
		}
		v.update(event, at(0))
		if got := seen(v, 80, 24, at(0)); !strings.HasPrefix(got, step.want) {
			t.Errorf("got %s\nwant %s", got, step.want)
		}
	}
}

func TestLiveViewFitsIntoTheTerminal(t *testing.T) {
	v := &liveView{}
	v.update(came(1, `{"a":1,"b":2,"c":3,"d":4,"e":5}`), at(0))
	v.update(came(2, `{"a":1,"b":2,"c":3,"d":9,"long":"`+strings.Repeat("x", 50)+`"}`, expelled{"a", 2, "lease"}, expelled{"b", 2, "keeper"},
		expelled{"c", 2, "session"}, expelled{"d", 2, "other"}), at(0))
	for _, test := range []struct {
		width, height int
		want          string
	}{
		{35, 24, `
the root: revision 2, unchanged fo…
! a: its time was over
! b: what kept it was removed
! and 2 more went
  a: 1
  b: 2
  c: 3
- d: 4
- e: 5
+ d: 9
+ long: "xxxxxxxxxxxxxxxxxxxxxxxxx…
`},
		{60, 8, `
the root: revision 2, unchanged for 1m0s, from no node
! a: its time was over
! b: what kept it was removed
! and 2 more went
  a: 1
  b: 2
  c: 3
  … 4 more lines, 4 of them changed
`},
		{12, 2, "\nthe root: r…\n! a: its ti…\n"},
		{1, 1, "\n…\n"},
		{0, 0, "\n…\n"},
		{-1, -5, "\n…\n"},
	} {
		if got := "\n" + seen(v, test.width, test.height, at(60)); got != test.want {
			t.Errorf("%d columns, %d rows: got %s\nwant %s", test.width, test.height, got, test.want)
		}
	}
}

func TestLiveViewWithoutAResultSaysSo(t *testing.T) {
	v := &liveView{subject: "a.b"}
	if got := seen(v, 80, 24, at(0)); got != "a.b: waiting for the first result, from no node\n" {
		t.Error(got)
	}
}

func TestOutlineOfValues(t *testing.T) {
	for result, want := range map[string]string{
		``:                                  "(nothing)",
		`null`:                              "null",
		`{}`:                                "{}",
		`9007199254740993`:                  "9007199254740993",
		`[[1,[]],{"a":1,"b":[2]},"x"]`:      "- - 1\n  - []\n- a: 1\n  b:\n    - 2\n- \"x\"",
		`{"10":1,"9":2,"a.b":3}`:            "9: 2\n10: 1\n\"a.b\": 3",
		`{"_":"$bytes","base64":"AP8="}`:    `{"_":"$bytes","base64":"AP8="}`,
		`{"_":1,"a":2}`:                     "{\n  \"_\": 1,\n  \"a\": 2\n}",
		`{"text":"two\nlines \u009b2J, é"}`: "text: \"two\\u000alines \u009b2J, é\"",
	} {
		if got := strings.Join(outline(came(1, result)), "\n"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", result, got, want)
		}
	}
}

func TestTextFromElsewhereDoesNotSteerTheTerminal(t *testing.T) {
	if got, want := fitted("a\x1b[2J\u009b\u202eé漢\xff", 80), `a\u001b[2J\u009b\u202eé漢`+"\ufffd"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestComparedLinesAreThoseOfBothResults for many pairs: without the marked ones
// of each kind they are the lines of one result.
func TestComparedLinesAreThoseOfBothResults(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 1))
		lines := func() (made []string) {
			for range random.IntN(300) {
				made = append(made, fmt.Sprint(random.IntN(2+int(seed))))
			}
			return made
		}
		before, now := lines(), lines()
		var wereThere, areThere []string
		for _, r := range compareLines(before, now) {
			if r.kind != rowNew {
				wereThere = append(wereThere, r.text)
			}
			if r.kind != rowRemoved {
				areThere = append(areThere, r.text)
			}
		}
		if !slices.Equal(wereThere, before) || !slices.Equal(areThere, now) {
			t.Fatalf("seed %d:\nbefore %q\n   got %q\nnow    %q\n   got %q", seed, before, wereThere, now, areThere)
		}
	}
}

// FuzzLiveView checks that no results make the view panic, and that its rows
// stay within the terminal.
func FuzzLiveView(f *testing.F) {
	f.Add(`{"a":[1,{"b":2}]}`, `{"a":[{"b":3}],"c":"\u009b"}`, 20, 5)
	f.Add(``, `{`, 0, -1)
	f.Fuzz(func(t *testing.T, before, now string, width, height int) {
		v := &liveView{}
		v.update(came(1, before), at(0))
		v.update(came(2, now, expelled{Path: before, Reason: now}), at(1))
		rows := v.rows(width, height, at(2))
		if len(rows) > max(height, 1) {
			t.Errorf("%d rows in a terminal of %d", len(rows), height)
		}
		for _, r := range rows {
			if n := len([]rune(r.text)); n > max(width, 1) || strings.ContainsFunc(r.text, func(c rune) bool { return c < ' ' }) {
				t.Errorf("row %q of %d columns in a terminal of %d", r.text, n, width)
			}
		}
	})
}

// BenchmarkLiveView updates a view of 1,000 items of which one changes.
func BenchmarkLiveView(b *testing.B) {
	items := make(map[string]tree.Value)
	for i := range 1000 {
		items[fmt.Sprint("item-", i)] = tree.ObjectValue(map[string]tree.Value{"count": tree.IntValue(int64(i)), "state": tree.StringValue("on")})
	}
	one := tree.ObjectValue(items).String()
	items["item-500"] = tree.ObjectValue(nil)
	other := tree.ObjectValue(items).String()
	v := &liveView{}
	for b.Loop() {
		v.update(came(1, one), at(0))
		v.rows(80, 24, at(0))
		one, other = other, one
	}
}
