package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/workload"
)

// written makes the report of a run and returns its page.
func written(t *testing.T, dir string, r harness.Record, v harness.Verdict) string {
	t.Helper()
	if err := Write(dir, r, v); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

// inOrder fails unless the texts stand in the page one after the other.
func inOrder(t *testing.T, html string, texts ...string) {
	t.Helper()
	rest := html
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("the page does not have %q, or not in its place", text)
		}
		rest = after
	}
}

func TestThePageOfAViolationBeginsWithIt(t *testing.T) {
	dir := t.TempDir()
	r, v := keptRun(t, fake.StaleUpdate, dir, "inserts", "six-steps", "registers")
	html := written(t, dir, r, v)
	calls := firsts(v)["stale-updates"].Calls
	update := calls[len(calls)-1]
	at := r.Events[update.Returned].Time
	inOrder(t, html,
		`<p class="badge">FAIL</p>`, "It broke", "It shows first <strong>at ", `href="#finding-1"`,
		`<th scope="row">stale-updates</th>`, promises["stale-updates"], seconds(at),
		`<span class="rule">stale-updates</span> an update was accepted after the removal of its item`,
		"Shown <strong>at "+seconds(at)+"</strong>",
		"remove "+update.Item, "accepted at revision",
		"Here it shows", fmt.Sprintf("update %s as write #%d", update.Item, update.Number), "accepted at revision",
		"<h2>Timeline</h2>",
		"<h2>Run it again</h2>", "go run ./jepsen-like -seed=1", "go run ./jepsen-like check "+dir,
		"<h2>Files</h2>", `href="history.edn"`, `href="history.jsonl"`, `href="run.json"`, `href="samples.jsonl"`, `href="summary.json"`,
	)
}

func TestThePageOfARunThatPassesSaysSo(t *testing.T) {
	dir := t.TempDir()
	r, v := keptRun(t, fake.None, dir, "inserts", "six-steps", "watches")
	html := written(t, dir, r, v)
	inOrder(t, html, `<p class="badge">PASS</p>`, "No rule was broken", "<h2>Timeline</h2>", "All were ready at one revision")
	if strings.Contains(html, "What went wrong") {
		t.Error("nothing went wrong, and the page says something has")
	}
}

func TestEveryBugIsDrawn(t *testing.T) {
	for _, bug := range fake.Bugs() {
		t.Run(string(bug), func(t *testing.T) {
			dir := t.TempDir()
			r, v := keptRun(t, bug, dir, workload.Every)
			html := written(t, dir, r, v)
			for rule, finding := range firsts(v) {
				inOrder(t, html, `<span class="rule">`+rule+`</span>`)
				if len(finding.Calls) > 0 && !strings.Contains(html, "Here it shows") {
					t.Errorf("no operation of %s is marked", rule)
				}
				if promises[rule] == "" {
					t.Errorf("nothing explains rule %s", rule)
				}
			}
		})
	}
}

func firsts(v harness.Verdict) map[string]checker.Finding {
	first := map[string]checker.Finding{}
	for _, finding := range v.Violations {
		if _, ok := first[finding.Rule]; !ok {
			first[finding.Rule] = finding
		}
	}
	return first
}

// loads are the ways in which a page can ask for something from elsewhere.
var loads = regexp.MustCompile(`(?i)\s(?:src|srcset|action)=|href="?(?:[a-z]+:)?//|<link|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|\bimport\(`)

func TestThePageLoadsNothing(t *testing.T) {
	dir := t.TempDir()
	r, v := keptRun(t, fake.LostWrite, dir, workload.Every)
	if found := loads.FindString(written(t, dir, r, v)); found != "" {
		t.Errorf("the page has %q", found)
	}
}

func TestWhatTheClusterSaysIsNoMarkup(t *testing.T) {
	const evil = `</script><script>alert(1)</script>"'&`
	s := new(story)
	s.fault(0, history.Function(evil), evil, evil)
	call := s.call(1, 2, history.Request{Workload: evil, Function: history.Function(evil), Node: evil, Item: evil}, history.Fail, history.Answer{Code: evil, Detail: evil})
	r := s.record()
	r.Nodes = []string{evil}
	r.Config.Command = evil
	r.Versions = map[string]string{evil: evil}
	r.Crashes = []nodes.Crash{{Node: evil, Status: evil, Log: "a.log"}}
	r.End = harness.Ending{Problem: evil, Statuses: []client.Status{{ID: evil, Role: evil, Digest: evil}}}
	r.Samples = []harness.Sample{{Statuses: map[string]client.Status{evil: {Role: evil}}}}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.log"), []byte(evil), 0o600); err != nil {
		t.Fatal(err)
	}
	v := harness.Verdict{Void: []string{evil}, Violations: []checker.Finding{{Rule: evil, Text: evil, Calls: []history.Call{call}}}}
	html := written(t, dir, r, v)
	if strings.Contains(html, "<script>alert") || strings.Count(html, "<script") != 2 {
		t.Error("the page runs what a node has said")
	}
}

func TestAnyHistoryHasAReport(t *testing.T) {
	lone := checker.Finding{Rule: "new-rule", Text: "something", Calls: []history.Call{{Kind: history.OK, Returned: history.Never}}}
	strange := new(story)
	strange.call(1, 2, history.Request{Function: "acquire", Workload: "locks"}, history.OK, history.Answer{})
	strange.fault(3, "freeze disk", "", "")
	unfinished := new(story)
	unfinished.add(1, history.Event{Kind: history.Invoke, Request: history.Request{Number: 1, Function: history.Put}})
	for _, test := range []struct {
		name string
		s    *story
		v    harness.Verdict
		want string
	}{
		{"no events", new(story), harness.Verdict{Void: []string{"no fault was made"}}, "no fault was made"},
		{"a finding about nothing that is in the history", new(story), harness.Verdict{Violations: []checker.Finding{lone}}, "new-rule"},
		{"functions, faults and rules that the report does not know", strange, harness.Verdict{Violations: []checker.Finding{lone}}, "freeze disk"},
		{"an operation without an end", unfinished, harness.Verdict{}, "put"},
	} {
		t.Run(test.name, func(t *testing.T) {
			html := written(t, t.TempDir(), test.s.record(), test.v)
			inOrder(t, html, test.want, "</html>")
			if data, err := json.Marshal(chartIn(t, html)); err != nil || bytes.Contains(data, []byte("null")) {
				t.Errorf("the script gets no list where it needs one: %s, %v", data, err)
			}
		})
	}
}

func TestThePageOfABrokenHarnessBeginsWithWhy(t *testing.T) {
	v := harness.Verdict{Failure: "pause of a: no such process", Violations: []checker.Finding{{Rule: "items", Text: "something"}}}
	inOrder(t, written(t, t.TempDir(), new(story).record(), v),
		"BROKEN", "The harness could not do its work", "pause of a: no such process", "It shows first", "What went wrong")
}

func TestWhatARunHasNotTestedStandsAloneOrFoldedBehindAViolation(t *testing.T) {
	void := harness.Verdict{Void: []string{"no fault was made"}}
	if html := written(t, t.TempDir(), new(story).record(), void); strings.Contains(html, "<summary>Besides") {
		t.Error("the reasons of a void run are folded away")
	}
	void.Violations = []checker.Finding{{Rule: "items", Text: "something"}}
	inOrder(t, written(t, t.TempDir(), new(story).record(), void),
		"It shows first", "<details><summary>Besides, the run has tested too little</summary>", "no fault was made", "</details>", "What went wrong")
}

func TestTheDrawingOfACheckerIsLinked(t *testing.T) {
	finding := func(text string) checker.Finding {
		return checker.Finding{Rule: text, Text: text, Drawing: []byte(text)}
	}
	dir := t.TempDir()
	written(t, dir, aRun().record(), harness.Verdict{Violations: []checker.Finding{finding("one"), finding("two")}})
	html := written(t, dir, aRun().record(), harness.Verdict{Violations: []checker.Finding{{Rule: "none"}, finding("three")}})
	inOrder(t, html, `href="finding-2.html"`, `<h2>Files</h2>`, `href="finding-2.html"`)
	if text, err := os.ReadFile(filepath.Join(dir, "finding-2.html")); err != nil || string(text) != "three" {
		t.Errorf("the drawing is %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "finding-1.html")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a drawing of the last report is left: %v", err)
	}
}

func TestACrashIsShownWithItsLog(t *testing.T) {
	for _, test := range []struct{ name, log, want, hidden string }{
		{"a panic", "started\nelected\npanic: the store is poisoned\n\ngoroutine 1\n", "panic: the store is poisoned", "elected"},
		{"no panic", strings.Repeat("early\n", 2000) + "late\n", "late", strings.Repeat("early\n", 1000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "b.log"), []byte(test.log), 0o600); err != nil {
				t.Fatal(err)
			}
			r := aRun().record()
			r.Crashes = []nodes.Crash{{Node: "b", Status: "exit status 2", Log: "/elsewhere/b.log"}}
			html := written(t, dir, r, harness.Verdict{})
			inOrder(t, html, "node b ended by itself", test.want)
			if strings.Contains(html, test.hidden) {
				t.Errorf("the whole log is shown")
			}
		})
	}
}

// chartIn reads the data of the page's script.
func chartIn(t *testing.T, html string) (c chart) {
	t.Helper()
	_, rest, _ := strings.Cut(html, `<script type="application/json" id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	if err := json.NewDecoder(bytes.NewBufferString(data)).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheChartHasTheWholeRun(t *testing.T) {
	s := aRun()
	r := s.record()
	r.Samples = []harness.Sample{
		{Time: 0, Statuses: map[string]client.Status{"a": {Role: "leader", Term: 2, Ready: true, Revision: 100}, "b": {Role: "follower", Term: 2, Ready: true, Revision: 99}}},
		{Time: 1 * time.Second, Statuses: map[string]client.Status{"a": {Role: "leader", Term: 2, Ready: true, Revision: 200}, "b": {Role: "follower", Term: 2, Ready: true, Revision: 100}}},
		{Time: 2 * time.Second, Statuses: map[string]client.Status{"b": {Role: "leader", Term: 3, Ready: true, Revision: 200}}},
		{Time: 3 * time.Second, Statuses: map[string]client.Status{"b": {Role: "leader", Term: 3, Ready: true, Revision: 300}}},
	}
	v := harness.Verdict{Violations: []checker.Finding{{Rule: "items", Text: "wrong", At: time.Second}}}
	got, err := json.Marshal(chartIn(t, written(t, t.TempDir(), r, v)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"end":5100000,"healed":3400000,"nodes":["a","b"],"names":["kill","pause"]`,
		`"faults":[{"name":0,"row":0,"start":1000000,"end":2000000,"text":"kill of a, the leader, 1.00 s"},{"name":1,"row":1,"start":3100000,"end":3400000,"text":"pause of b (for 1s), 300 ms"}],"rows":["a","b"]`,
		`"lanes":["0","1","end"]`,
		`"stride":1,"start":[0,1000000,1900000,100000,200000,1800000],"took":[100000,1000000,100000,10000,100000,100000],"lane":[0,0,0,0,0,0],"what":[0,1,0,2,0,0],"place":[0,3,3,2,3,3]`,
		`{"workload":"inserts","function":"insert","node":"","kind":"fail","code":"exists"}`,
		`[[{"start":0,"end":2000000,"role":"leader","term":2,"ready":true,"behind":0},`,
		`{"start":2000000,"end":3000000,"role":"silent","term":0,"ready":false,"behind":0}]`,
		`{"start":1000000,"end":2000000,"role":"follower","term":2,"ready":true,"behind":100}`,
		`"outages":[{"start":100000,"end":3000000},{"start":3000000,"end":3300000}]`,
		`"marks":[{"at":1000000,"id":"finding-1","text":"items: wrong"}]`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
}

func TestAVeryLongRunIsThinnedOutButNotAroundAFinding(t *testing.T) {
	operations := make([]operation, 2*maxPoints)
	for i := range operations {
		at := time.Duration(i) * time.Millisecond
		operations[i] = operation{history.Call{Kind: history.OK}, at, at}
	}
	var c chart
	c.addPoints(harness.Config{}, operations, []time.Duration{time.Minute})
	p := c.Points
	near, start := 0, int64(0)
	for _, since := range p.Start {
		start += since
		if (time.Duration(start)*time.Microsecond - time.Minute).Abs() < nearby {
			near++
		}
	}
	if p.Stride != 2 || len(p.Start) > maxPoints+4000 {
		t.Errorf("one in %d is shown, %d in all", p.Stride, len(p.Start))
	}
	if want := int(2*nearby/time.Millisecond) - 1; near != want {
		t.Errorf("%d operations are shown around the finding, want all %d", near, want)
	}
}
