package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// resultsName is the file of the results.
const resultsName = "results.json"

// results are what was measured.
type results struct {
	// Systems are in the order in which they are compared: the first with each other.
	Systems []string
	// Series are in the order in which they were measured first.
	Series []series
}

// series is one figure of all systems: each time that it was measured.
type series struct {
	Name, Unit string
	Less       bool
	// Values are by system.
	Values map[string][]float64
}

func (r *results) add(system string, figures []Figure) {
	for _, f := range figures {
		at := slices.IndexFunc(r.Series, func(s series) bool { return s.Name == f.Name })
		if at < 0 {
			at = len(r.Series)
			r.Series = append(r.Series, series{Name: f.Name, Unit: f.Unit, Less: f.Less, Values: map[string][]float64{}})
		}
		r.Series[at].Values[system] = append(r.Series[at].Values[system], f.Value)
	}
}

// median returns the middle one, false if there is none.
func (s series) median(system string) (float64, bool) {
	values := slices.Sorted(slices.Values(s.Values[system]))
	if len(values) == 0 {
		return 0, false
	}
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2, true
}

// ratio returns how many times better one system is than another, false if that is
// not known.
func (s series) ratio(one, other string) (float64, bool) {
	a, known := s.median(one)
	b, both := s.median(other)
	if s.Less {
		a, b = b, a
	}
	if !known || !both || b == 0 {
		return 0, false
	}
	return a / b, true
}

// table returns the medians, and how many times better the first system is than
// each other, as Markdown.
func (r results) table() string {
	var b strings.Builder
	first := r.Systems[0]
	fmt.Fprintf(&b, "| |")
	for i, system := range r.Systems {
		fmt.Fprintf(&b, " %s |", system)
		if i > 0 {
			fmt.Fprintf(&b, " %s is better |", first)
		}
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", 2*len(r.Systems)-1))
	for _, s := range r.Series {
		fmt.Fprintf(&b, "| %s, %s |", s.Name, s.Unit)
		for i, system := range r.Systems {
			fmt.Fprintf(&b, " %s |", cell(s.median(system)))
			if i > 0 {
				fmt.Fprintf(&b, " %s |", times(s.ratio(first, system)))
			}
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func cell(value float64, known bool) string {
	switch {
	case !known:
		return "-"
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}

func times(ratio float64, known bool) string {
	if !known {
		return "-"
	}
	return fmt.Sprintf("%.2fx", ratio)
}

func (r results) save(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func load(path string) (r results, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	if len(r.Systems) == 0 {
		return r, fmt.Errorf("%s has no systems", path)
	}
	return r, nil
}
