package mutants

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// readHeader reads the lines before the diff. A line that is indented goes on
// with the one before.
func (p *Patch) readHeader(text string) error {
	fields, err := fieldsOf(text)
	if err != nil {
		return err
	}
	var budget, sizes string
	needed := map[string]*string{"Number": &p.Number, "Name": &p.Name, "Plants": &p.Plants, "Mode": (*string)(&p.Mode)}
	optional := map[string]*string{"Note": &p.Note}
	hunted := map[string]*string{"Workload": &p.Workload, "Faults": &p.Faults, "Checker": &p.Checker, "Budget": &budget}
	if Mode(fields["Mode"]) == Test {
		needed["Test"] = &p.Test
	} else {
		maps.Copy(needed, hunted)
		optional["Sizes"], optional["Test"] = &sizes, &p.Test
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		if fields[name] == "" {
			problems = append(problems, fmt.Errorf("it has no %s", name))
		}
	}
	maps.Copy(optional, needed)
	for name, to := range optional {
		*to = fields[name]
		delete(fields, name)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		problems = append(problems, fmt.Errorf("there is no field %s", name))
	}
	p.Sizes = strings.Fields(sizes)
	if p.Budget, err = time.ParseDuration(budget); err != nil && p.Mode != Test {
		problems = append(problems, err)
	}
	if p.Mode != Sim && p.Mode != Real && p.Mode != Test {
		problems = append(problems, fmt.Errorf("its mode is %q, want %s, %s or %s", p.Mode, Sim, Real, Test))
	}
	return errors.Join(problems...)
}

// fieldsOf returns the fields by name.
func fieldsOf(text string) (map[string]string, error) {
	fields := map[string]string{}
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		name, value, ok := strings.Cut(line, ": ")
		switch {
		case line == "":
		case strings.HasPrefix(line, " ") && last != "":
			fields[last] += " " + strings.TrimSpace(line)
		case !ok:
			return nil, fmt.Errorf("line %q of the header has no name", line)
		case fields[name] != "":
			return nil, fmt.Errorf("it has two fields %s", name)
		default:
			last, fields[name] = name, value
		}
	}
	return fields, nil
}
