package nodes

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"

	"example.com/gstate/jepsen-like/overlay"
)

// nodePackage is the program that a node runs.
const nodePackage = "example.com/gstate/cmd/node"

// Program is the nodes' program as it was built.
type Program struct {
	// Path is where it is.
	Path string
	// NoClocks says why it goes by the clocks of the system alone. It is nil if a
	// Cluster can give it others.
	NoClocks error
}

// Build compiles the program of the nodes into dir. It must be called with a
// working directory inside the module. It waits for the go command, or until ctx
// ends. The error has the compiler's output.
//
// The changes are made to the sources that it is built from, and to no file.
func Build(ctx context.Context, dir string, changes ...overlay.Set) (Program, error) {
	program := Program{Path: filepath.Join(dir, "node")}
	changed, err := program.change(ctx, dir, changes)
	if err != nil {
		return Program{}, err
	}
	output, err := exec.CommandContext(ctx, "go", "build", "-overlay", changed, "-o", program.Path, nodePackage).CombinedOutput()
	if ctx.Err() != nil {
		return Program{}, fmt.Errorf("go build %s: %w", nodePackage, context.Cause(ctx))
	}
	if err != nil {
		return Program{}, fmt.Errorf("go build %s: %w\n%s", nodePackage, err, output)
	}
	return program, nil
}

// change makes the changes, and those that let the program go by clocks, if they
// fit this version of Go.
func (p *Program) change(ctx context.Context, dir string, changes []overlay.Set) (path string, err error) {
	path, err = overlay.Make(ctx, dir, append(slices.Clip(changes), overlay.Clocks())...)
	if errors.Is(err, overlay.ErrAnchor) {
		p.NoClocks = err
		path, err = overlay.Make(ctx, dir, changes...)
	}
	return path, err
}
