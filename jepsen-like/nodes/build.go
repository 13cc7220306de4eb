package nodes

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"example.com/gstate/jepsen-like/overlay"
)

// nodePackage is the program that a node runs.
const nodePackage = "example.com/gstate/cmd/node"

// Build compiles the program of the nodes into dir and returns its path. It
// must be called with a working directory inside the module. It waits for the
// go command, or until ctx ends. The error has the compiler's output.
//
// The changes are made to the sources that it is built from, and to no file.
func Build(ctx context.Context, dir string, changes ...overlay.Set) (string, error) {
	changed, err := overlay.Make(ctx, dir, changes...)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "node")
	output, err := exec.CommandContext(ctx, "go", "build", "-overlay", changed, "-o", binary, nodePackage).CombinedOutput()
	if ctx.Err() != nil {
		return "", fmt.Errorf("go build %s: %w", nodePackage, context.Cause(ctx))
	}
	if err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", nodePackage, err, output)
	}
	return binary, nil
}
