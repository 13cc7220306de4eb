package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestBitThatFlipsInTheIdentityMakesNoMemberForgetItsLog: one in the name of the
// field "formed" made the member one that has yet to form, and whose log is
// nothing that anybody relies on. It was removed.
func TestBitThatFlipsInTheIdentityMakesNoMemberForgetItsLog(t *testing.T) {
	cfg := Config{ID: "a", Cluster: "c", Dir: t.TempDir(), Peers: []Peer{{ID: "a", Address: "x:1"}, {ID: "b", Address: "x:2"}}}
	formed := newIdentity(cfg)
	if err := formed.markFormed(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, logFile), []byte("a log"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cfg.Dir, identityFile)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(content) {
		flipped := bytes.Clone(content)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		if claimed, err := claimFolder(cfg); err == nil && !reflect.DeepEqual(claimed, formed) {
			t.Errorf("with bit %d flipped the folder is that of %+v, in\n%s", bit, claimed, flipped)
		}
	}
}
