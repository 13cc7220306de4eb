package scratch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// parentVariable tells a process of this program that it is the one that makes a
// folder and waits for its end, and where.
const parentVariable = "SCRATCH_TEST_PARENT"

func TestMain(m *testing.M) {
	if parent := os.Getenv(parentVariable); parent != "" {
		os.Exit(makeAndWait(parent))
	}
	os.Exit(m.Run())
}

// makeAndWait makes a folder with something in it, prints the process that
// watches over it, and waits until it is killed, or nobody is left to do that.
// It returns the exit status.
func makeAndWait(parent string) int {
	f, err := Make(parent, "run-")
	if err == nil {
		err = os.MkdirAll(filepath.Join(f.Path(), "deep", "er"), 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(f.sweeper.Process.Pid)
	io.Copy(io.Discard, os.Stdin)
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRemovedFoldersAreGone(t *testing.T) {
	f, err := Make(t.TempDir(), "run-")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(f.Path(), "file"), []byte("x"), 0o600))
	must(t, f.Remove())
	if _, err := os.Stat(f.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there, error %v", err)
	}
}

func TestKeptFoldersStay(t *testing.T) {
	f, err := Make(t.TempDir(), "run-")
	must(t, err)
	must(t, f.Keep()) // the shell has ended, and has not removed it
	if _, err := os.Stat(f.Path()); err != nil {
		t.Error(err)
	}
	must(t, f.Keep())
	must(t, f.Remove())
	if _, err := os.Stat(f.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there after its removal, error %v", err)
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	if _, err := Make(filepath.Join(t.TempDir(), "none"), "run-"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
