package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
)

// The files of a report.
const (
	PageFile    = "report.html"
	SummaryFile = "summary.json"
	EDNFile     = "history.edn"
)

// Write makes the report of a run in its folder, and replaces one that is there.
func Write(dir string, r harness.Record, v harness.Verdict) error {
	p := pageOf(r, v)
	p.Dir = dir
	summary, err := json.MarshalIndent(p.Summary, "", "\t")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, SummaryFile), append(summary, '\n'), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := writeEDN(filepath.Join(dir, EDNFile), r.Events); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := writeDrawings(dir, p.Drawings); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, crash := range r.Crashes {
		p.Crashes = append(p.Crashes, crashOf(dir, crash))
	}
	if p.Files, err = filesIn(dir); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var html bytes.Buffer
	if err := p.render(&html); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, PageFile), html.Bytes(), 0o644)
}

func writeEDN(path string, events []history.Event) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return history.WriteEDN(file, events)
}

// writeDrawings writes the pages that findings bring with them, and removes those
// of an earlier report.
func writeDrawings(dir string, drawings []drawing) error {
	old, err := filepath.Glob(filepath.Join(dir, "finding-*.html"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for _, d := range drawings {
		if len(d.Finding.Drawing) == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, d.ID+".html"), d.Finding.Drawing, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// filesIn lists what else is in the folder, folders with a slash at the end.
func filesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	var names []string
	for _, entry := range entries {
		switch {
		case entry.Name() == PageFile:
		case entry.IsDir():
			names = append(names, entry.Name()+"/")
		default:
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// page is all that the page shows.
type page struct {
	Summary  Summary
	Headline string
	Drawings []drawing
	Chart    chart
	// Dir is the folder, and Files are those in it.
	Dir   string
	Files []string
	// Crashes are the nodes that ended by themselves.
	Crashes []crash
	// Count is how many operations there were, and Findings how many violations.
	Count, Findings int
}

// shownOutages is how many times without an acknowledged write the page shows.
const shownOutages = 10

// Outages returns the longest ones.
func (p page) Outages() []Outage {
	return p.Summary.Outages[:min(len(p.Summary.Outages), shownOutages)]
}

// First returns the first finding, or nil.
func (p page) First() *drawing {
	if len(p.Drawings) == 0 {
		return nil
	}
	return &p.Drawings[0]
}

func pageOf(r harness.Record, v harness.Verdict) page {
	operations := operationsOf(r.Events)
	a := artist{record: r, operations: map[int64]operation{}, end: duration(r.Events)}
	for _, o := range operations {
		a.operations[o.Number] = o
	}
	v.Violations = slices.SortedStableFunc(slices.Values(v.Violations), func(x, y checker.Finding) int {
		return cmp.Compare(a.moment(x), a.moment(y))
	})
	summary := summarize(r, v, operations, a.moment)
	a.faults, a.colours = summary.Faults, coloursOf(summary.Faults)
	drawings := a.draw(v.Violations)
	return page{
		Summary:  summary,
		Headline: headline(summary),
		Drawings: drawings,
		Chart:    chartOf(r, summary, operations, drawings, a.colours),
		Count:    len(operations),
		Findings: len(v.Violations),
	}
}

// headline says in a sentence what the run has shown.
func headline(s Summary) string {
	switch s.Verdict {
	case harness.Broken:
		return "The harness could not do its work. What is wrong with the cluster may come of that."
	case harness.Violation:
		return fmt.Sprintf("The cluster has done what it must not do. It broke %s.", plural(len(s.Rules), "rule"))
	case harness.Void:
		return "Nothing wrong was seen, but the run has tested too little to say that nothing is."
	}
	acknowledged := 0
	for _, o := range s.Operations {
		if o.Function.Writes() {
			acknowledged += o.OK
		}
	}
	return fmt.Sprintf("No rule was broken: %s acknowledged, %s made, and every answer can be explained.",
		plural(acknowledged, "write"), plural(len(s.Faults), "fault"))
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	styleText string
	//go:embed page.js
	scriptText string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"promise": func(rule string) string { return promises[rule] },
		"seconds": seconds,
		"length":  length,
		"plural":  plural,
		"style":   func() template.CSS { return template.CSS(styleText) },
		"script":  func() template.JS { return template.JS(scriptText) },
	}).Parse(pageText))
)

// render writes the page.
func (p page) render(w io.Writer) error { return pageTemplate.Execute(w, p) }
