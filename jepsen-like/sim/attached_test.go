package sim

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	attached = flag.String("attached", "", "the folder that is removed when whoever has started this process is gone: its input ends then")
	memory   = flag.Int64("memory", 0, "how many bytes of memory this process may take, where that can be limited")
)

// exitOrphaned is the status of a process whose parent is gone.
const exitOrphaned = 3

func TestMain(m *testing.M) {
	flag.Parse()
	if *attached != "" {
		input, err := waitingInput()
		if err != nil {
			panic(err)
		}
		go endWithParent(input, *attached)
	}
	if err := limitMemory(*memory); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// endWithParent ends the process when its input does, and removes the folder that
// nobody else will.
func endWithParent(input io.Reader, dir string) {
	_, _ = io.Copy(io.Discard, input)
	_ = os.RemoveAll(dir)
	os.Exit(exitOrphaned)
}

func TestAProcessWhoseParentIsGoneEndsAndCleansUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "common")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// The longest run there is: it ends by nothing else.
	command := exec.Command(os.Args[0], "-test.run", "^TestSimulate$", "-test.timeout", "0", "-attached", dir,
		"-seeds", "1", "-virtual", "100h", "-kind", "service")
	pipe, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	_ = command.Wait() // the status says it
	if status := command.ProcessState.ExitCode(); status != exitOrphaned {
		t.Errorf("the process ended with %v", command.ProcessState)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its folder: %v, want it gone", err)
	}
}
