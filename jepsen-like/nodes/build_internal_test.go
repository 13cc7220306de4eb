package nodes

import (
	"errors"
	"testing"

	"example.com/gstate/jepsen-like/overlay"
)

// TestAnotherVersionOfGoHasNoClocks, and the nodes are built all the same.
func TestAnotherVersionOfGoHasNoClocks(t *testing.T) {
	other := overlay.Set{Edits: []overlay.Edit{{Package: "time", File: "time.go", Anchor: "func Now() Time {\n", New: "func  Now() Time {\n"}}}
	unknown := overlay.Set{Edits: []overlay.Edit{{Package: "time", File: "time.go", Anchor: "func Never", New: ""}}}
	for _, test := range []struct {
		name       string
		change     overlay.Set
		hasClocks  bool
		isPossible bool
	}{
		{"this version", overlay.Set{}, true, true},
		{"another version", other, false, true},
		{"a change that does not fit", unknown, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var program Program
			_, err := program.change(t.Context(), t.TempDir(), []overlay.Set{test.change})
			if test.isPossible != (err == nil) || !test.isPossible && !errors.Is(err, overlay.ErrAnchor) {
				t.Errorf("error %v", err)
			}
			if test.hasClocks != (program.NoClocks == nil) || !test.hasClocks && !errors.Is(program.NoClocks, overlay.ErrAnchor) {
				t.Errorf("no clocks: %v", program.NoClocks)
			}
		})
	}
}
