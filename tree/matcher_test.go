package tree

import (
	"fmt"
	"slices"
	"testing"
)

// What a write concerns, of queries that read in different places of one tree.
func TestWritesConcernTheResultsThatTheyCanChange(t *testing.T) {
	const state = `{"users":{"anna":{"name":"Anna","tags":["x"]},"bert":7},"jobs":{}}`
	queries := []string{
		`{"users":{"anna":{"name":1}}}`,
		`{"users":{"bert":{"name":1}}}`,
		`{"users":{"_":"$key"}}`,
		`{"none":{"deep":{"x":1}}}`,
		`{"_":"$at","path":"users.anna"}`,
		`{"_":"$at","path":"users","query":{"anna":{"_":"$count"},"carl":1}}`,
		`{"_":"$at","path":"jobs","query":{"#":{"users":{"bert":1}}}}`,
		`{"jobs":{"_":{"#":{"none":1}}}}`,
	}
	for _, test := range []struct {
		op   string
		want []int
	}{
		{`set users.anna.name "A"`, []int{0, 2, 4, 5}},
		{`set users.anna {"name":"A"}`, []int{0, 2, 4, 5}},
		{`set users.anna {"age":1}`, []int{2, 4, 5}},
		{`set users.anna.age 1`, []int{2, 4, 5}},
		{`set users.anna.tags [1]`, []int{2, 4, 5}},
		{`set users {"dora":1}`, []int{2}},
		{`set / {"other":1}`, nil},
		{`set / {"jobs":{"1":1}}`, []int{6, 7}},
		{`set jobs.1 1`, []int{7}},
		{`set users.bert.name "B"`, []int{1, 2, 6}},
		{`set users.bert.age 8`, []int{1, 2, 6}},
		{`set users.bert {"age":8}`, []int{1, 2, 6}},
		{`set users.carl 1`, []int{2, 5}},
		{`set users.carl.name 1`, []int{2, 5}},
		{`set none.other 1`, []int{3, 7}},
		{`set none.deep.y 1`, []int{3, 7}},
		{`set none {}`, []int{3, 7}},
		{`remove users.anna`, []int{0, 2, 4, 5}},
		{`remove users`, []int{0, 1, 2, 4, 5, 6}},
		{`replace users {"anna":{}}`, []int{0, 1, 2, 4, 5, 6}},
		{`set users 1`, []int{0, 1, 2, 4, 5, 6}},
	} {
		t.Run(test.op, func(t *testing.T) {
			tr := treeOf(t, state)
			var m Matcher[int]
			for i, text := range queries {
				m.Add(query(t, text).Result(tr), i)
			}
			e := tr.Edit()
			e.KeepJournal()
			must(t, step(t, e, test.op))
			var got []int
			for _, w := range e.Journal() {
				m.Concerned(w, func(i int) { got = append(got, i) })
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, test.want) {
				t.Errorf("concerns %v, want %v", got, test.want)
			}
		})
	}
}

// Nothing is left of results that were taken away, in any order.
func TestMatcherForgetsWhatIsRemoved(t *testing.T) {
	tr := treeOf(t, linked)
	var m Matcher[string]
	var entries []*Match[string]
	for i := range 30 {
		text := fmt.Sprintf(`{"jobs":{"%d":1,"_x":1},"users":{"anna":1}}`, i%3)
		entries = append(entries, m.Add(query(t, text).Result(tr), fmt.Sprint(i)))
	}
	concerned := func() (got []string) {
		m.Concerned(Write{Path: Path{"users", "anna"}, standing: 2}, func(v string) { got = append(got, v) })
		slices.Sort(got)
		return slices.Compact(got)
	}
	for i, at := range []int{29, 0, 15, 14, 16, 1, 28} {
		m.Remove(entries[at])
		if got := concerned(); len(got) != 29-i || slices.Contains(got, fmt.Sprint(at)) {
			t.Errorf("after %d are gone %q are concerned", i+1, got)
		}
		entries[at] = nil
	}
	for _, entry := range entries {
		if entry != nil {
			m.Remove(entry)
		}
	}
	if got := concerned(); got != nil || len(m.root.kids) > 0 {
		t.Errorf("concerned are still %q, of %d nodes", got, len(m.root.kids))
	}
}

// What a link leads to concerns a result from when the link comes until it goes.
func TestMatcherFollowsLinks(t *testing.T) {
	edit := New().Edit()
	edit.KeepJournal()
	must(t, edit.Set(Path{"jobs", "1", "title"}, StringValue("dig")))
	tr := edit.Tree()
	r := query(t, `{"jobs":{"1":{"owner":{"name":1}}}}`).Result(tr)
	var m Matcher[bool]
	entry := m.Add(r, true)
	seen := len(edit.Journal())
	for _, test := range []struct {
		op   string
		want bool
	}{
		{`set users.anna.name "Anna"`, false},
		{`set jobs.1.owner {"_":"$ref","path":"users.anna"}`, true},
		{`set users.anna.name "Ann"`, true},
		{`set users.bert.name "Bert"`, false},
		{`set jobs.1.owner {"_":"$ref","path":"users.bert"}`, true},
		{`set users.anna.name "Anna"`, false},
		{`remove users`, true},
		{`set users.bert.name "Bert"`, true},
		{`remove jobs.1.owner`, true},
		{`set users.bert.name "Bertie"`, false},
	} {
		must(t, step(t, edit, test.op))
		now := edit.Tree()
		got := false
		for _, w := range edit.Journal()[seen:] {
			m.Concerned(w, func(bool) { got = true })
		}
		seen = len(edit.Journal())
		if got != test.want {
			t.Errorf("%s concerns the result: %v", test.op, got)
		}
		next := r.Next(tr, now)
		m.Follow(entry, r, next)
		r, tr = next, now
	}
	if m.Remove(entry); len(m.root.kids) > 0 {
		t.Error("something is left of a result that was taken away")
	}
}
