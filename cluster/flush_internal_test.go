package cluster

import (
	"path/filepath"
	"reflect"
	"testing"
)

// TestLogIsFlushedWithEachWrite: a power cut takes what was written and not
// flushed, which no kill of a process shows. The store does not tell how it
// writes, so this looks at the file within it.
func TestLogIsFlushedWithEachWrite(t *testing.T) {
	var s stores
	if err := s.openBolt(filepath.Join(t.TempDir(), logFile), snapshots{}, false); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for name, store := range map[string]any{"log": s.logs, "stable state": s.stable} {
		if reflect.ValueOf(store).Elem().FieldByName("conn").Elem().FieldByName("NoSync").Bool() {
			t.Errorf("the %s is not flushed", name)
		}
	}
}
