package files_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"example.com/gstate/jepsen-like/files"
)

func TestAFolderIsRestored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	want := files.Contents{"log": []byte("entries"), "snapshots/7/state": []byte("a tree"), "empty": {}}
	if err := want.Restore(dir); err != nil {
		t.Fatal(err)
	}
	before, err := files.Read(dir)
	if err != nil || !reflect.DeepEqual(before, want) {
		t.Fatalf("got %v, %v, want %v", before, err, want)
	}
	if err := files.Write(filepath.Join(dir, "log"), []byte("ent")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "snapshots")); err != nil {
		t.Fatal(err)
	}
	if damaged, err := files.Read(dir); err != nil || len(damaged) != 2 || string(damaged["log"]) != "ent" {
		t.Fatalf("the damaged folder has %v, %v", damaged, err)
	}
	if err := before.Restore(dir); err != nil {
		t.Fatal(err)
	}
	if again, err := files.Read(dir); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("got %v, %v, want %v", again, err, want)
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if got, err := files.Read(missing); err == nil {
		t.Errorf("it has %v", got)
	}
	if err := files.Write(filepath.Join(missing, "log"), nil); err == nil {
		t.Error("a file was written to it")
	}
}
