package simulate

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"example.com/gstate/jepsen-like/overlay"
	"example.com/gstate/jepsen-like/overlay/seeded"
)

// simPackage has the runs.
const simPackage = "example.com/gstate/jepsen-like/sim"

// Program makes runs. Make one with Build.
type Program struct {
	// Path is that of the executable, and Dir the folder for what it leaves behind.
	Path, Dir string
	// Repeats says that a run is the same each time. Else WhyNot says why not.
	Repeats bool
	WhyNot  error
	// Environment is what processes need beside what there is.
	Environment []string
	// Limit is how long a run may take, in real time.
	Limit time.Duration
	// Traces is the folder in which what each run records is kept; empty: nobody
	// wants it.
	Traces string
	// Keep is the folder in which failed runs are kept that real processes could have
	// made, as theirs are; empty: nobody wants them.
	Keep string
	// Extra are further flags of all processes.
	Extra []string
	// runs counts the runs: each has a folder of its own.
	runs *atomic.Int64
}

// Build makes the program in dir, which must stay as long as it is used. The
// working directory must be inside of the module. It waits for the go command,
// or until ctx ends. The error has the output of the compiler. A runtime that
// cannot be seeded is no error: the program says that it may not repeat.
//
// The changes are made to the sources that it is built from, and to no file.
func Build(ctx context.Context, dir string, changes ...overlay.Set) (Program, error) {
	p := Program{Path: filepath.Join(dir, "sim.test"), Dir: dir, Limit: time.Hour, runs: new(atomic.Int64)}
	changed, err := p.change(ctx, changes)
	if err != nil {
		return Program{}, fmt.Errorf("building the simulation: %w", err)
	}
	args := []string{"test", "-c", "-overlay", changed, "-o", p.Path, simPackage}
	output, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if ctx.Err() != nil {
		return Program{}, fmt.Errorf("building the simulation: %w", context.Cause(ctx))
	}
	if err != nil {
		return Program{}, fmt.Errorf("building the simulation: %w\n%s", err, output)
	}
	return p, nil
}

// change makes the overlay: of the changes, and of the seeded runtime if that can
// be.
func (p *Program) change(ctx context.Context, changes []overlay.Set) (string, error) {
	changed, err := overlay.Make(ctx, p.Dir, append(slices.Clip(changes), overlay.Seeded(), overlay.Disks(), overlay.LocalClocks())...)
	if err != nil {
		p.WhyNot = err
		return overlay.Make(ctx, p.Dir, changes...)
	}
	p.Repeats, p.Environment = true, seeded.Environment()
	p.Extra = []string{"-folder", "stores"}
	return changed, nil
}
