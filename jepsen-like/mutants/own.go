package mutants

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/overlay"
)

// ownTestLimit is how long a test of the library may take. They are in virtual
// time and take a second; with its bug one of them goes round in circles.
const ownTestLimit = time.Minute

// OwnTestFails runs the test of the library that is named for the bug, with the
// bug, and reports whether it fails as it must. dir is for what that leaves
// behind. The working directory must be inside of the module.
func (p Patch) OwnTestFails(ctx context.Context, dir string) (bool, error) {
	folder, name, _ := strings.Cut(p.Test, ".")
	changed, err := overlay.Make(ctx, dir, p.Set)
	if err != nil {
		return false, err
	}
	binary := filepath.Join(dir, "own.test")
	output, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", changed, "-o", binary, module+folder).CombinedOutput()
	if err != nil {
		return false, fmt.Errorf("building the tests of %s: %w\n%s", folder, err, output)
	}
	limited, cancel := context.WithTimeout(ctx, ownTestLimit)
	defer cancel()
	test := exec.CommandContext(limited, binary, "-test.run", "^"+name+"$")
	test.Dir = dir
	err = test.Run()
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return false, fmt.Errorf("running %s: %w", p.Test, err)
	}
	return err != nil, nil
}
