package swarm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnknown is matched by the error of Check.
var ErrUnknown = errors.New("no simulated run has it")

// Check reports what is given that runs of the kind given cannot have, or where no
// kind is, runs of any.
func (m Menu) Check(given Run) error {
	kinds := m.Kinds
	if given.Kind != "" {
		kinds = []string{given.Kind}
	}
	if !subset(kinds, m.Kinds) {
		return unknown("kind", given.Kind, m.Kinds)
	}
	if given.Disks != "" && !slices.Contains(disks, given.Disks) {
		return unknown("disks", given.Disks, disks)
	}
	for _, name := range given.Nemeses {
		for _, kind := range kinds {
			if name != None && !slices.Contains(m.Faults[kind], name) {
				return fmt.Errorf("of the kind %s: %w", kind, unknown("nemesis", name, m.Faults[kind]))
			}
		}
	}
	return nil
}

// subset reports whether all names are among others.
func subset(names, of []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(of, name) })
}

func unknown(flag, name string, known []string) error {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	return fmt.Errorf("%w: -%s is %q, want one of %s", ErrUnknown, flag, name, strings.Join(known, ", "))
}
