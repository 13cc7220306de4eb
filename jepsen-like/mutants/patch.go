package mutants

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/bluekeyes/go-gitdiff/gitdiff"

	"example.com/gstate/jepsen-like/overlay"
)

// Mode is how a planted bug is hunted.
type Mode string

// The modes.
const (
	// Sim is by simulated runs.
	Sim Mode = "sim"
	// Real is by runs of real processes.
	Real Mode = "real"
	// Test is by a test of the library alone.
	Test Mode = "test"
)

// Any stands for faults that the seed draws.
const Any = "any"

// Patch is one planted bug, and what must find it.
type Patch struct {
	// File is the name of the patch, Number that in the list of planted bugs, and
	// Name a few words.
	File, Number, Name string
	// Plants says what is wrong in the patched system.
	Plants string
	Mode   Mode
	// Workload, Faults and Checker are those that must find it: the names that the
	// harness has for them. Faults are Any, or joined by commas. The mode Test has
	// none of them, and no budget.
	Workload, Faults, Checker string
	// Budget is how long that may take, in real time.
	Budget time.Duration
	// Sizes are further flags of simulate, such as -snapshot-entries 5: where a
	// state that the bug needs is rare otherwise.
	Sizes []string
	// Test is that of the library which fails with the bug, such as
	// cluster.TestFirstFailedWriteIsTheLast: of a bug that takes a guard around
	// the engine away. Else it may be empty.
	Test string
	// Note says where the bug is not quite the one of the list, and why.
	Note string
	// Set is what the patch changes.
	Set overlay.Set
}

// ErrPatch: a patch is not as it should be.
var ErrPatch = errors.New("malformed patch")

//go:embed patches/*.patch
var patches embed.FS

// All returns all planted bugs, in the order of their numbers.
func All() ([]Patch, error) {
	names, err := fs.Glob(patches, "patches/*.patch")
	if err != nil {
		return nil, err
	}
	var all []Patch
	var problems []error
	for _, name := range names {
		text, err := patches.ReadFile(name)
		if err != nil {
			return nil, err
		}
		patch, err := Parse(path.Base(name), text)
		problems = append(problems, err)
		all = append(all, patch)
	}
	return all, errors.Join(problems...)
}

// Parse reads a patch: a header of one line for each field, and a unified diff
// against the root of the module. The error matches ErrPatch.
func Parse(file string, text []byte) (Patch, error) {
	files, preamble, err := gitdiff.Parse(bytes.NewReader(text))
	if err != nil {
		return Patch{}, fmt.Errorf("%w: %s: %w", ErrPatch, file, err)
	}
	p := Patch{File: file}
	if err := p.readHeader(preamble); err != nil {
		return Patch{}, fmt.Errorf("%w: %s: %w", ErrPatch, file, err)
	}
	p.Set = overlay.Set{Name: file}
	for _, f := range files {
		p.Set.Edits = append(p.Set.Edits, edits(f)...)
	}
	if len(p.Set.Edits) == 0 {
		return Patch{}, fmt.Errorf("%w: %s: it changes nothing", ErrPatch, file)
	}
	return p, nil
}

// module is the path before the folders that patches name.
const module = "example.com/gstate/"

// edits are the places that a patch changes in a file. A place is known by its
// text, and not by its line: what is added elsewhere does not move it.
func edits(f *gitdiff.File) []overlay.Edit {
	var all []overlay.Edit
	for _, fragment := range f.TextFragments {
		var before, after strings.Builder
		for _, line := range fragment.Lines {
			if line.Old() {
				before.WriteString(line.Line)
			}
			if line.New() {
				after.WriteString(line.Line)
			}
		}
		all = append(all, overlay.Edit{
			Package: module + path.Dir(f.OldName), File: path.Base(f.OldName),
			Anchor: before.String(), New: after.String(),
		})
	}
	return all
}
