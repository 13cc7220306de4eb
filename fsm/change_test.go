package fsm

import (
	"testing"
)

// What a machine tells of its changes is all that has happened: made again on the
// tree before, it gives the tree after, down to the metadata.
func TestChangesGiveTheTreeAgain(t *testing.T) {
	for seed := range uint64(40) {
		machine := New(nil)
		logs := planLogs(t, randomPlan(seed, 3000), everything)
		size := 1 + int(seed)%7
		for len(logs) > 0 {
			n := min(size, len(logs))
			before := machine.State().Tree
			machine.ApplyBatch(logs[:n])
			logs = logs[n:]
			edit, revision := before.Edit(), before.Revision()
			for _, change := range machine.State().Changes {
				if revision++; change.Revision != revision || change.Reasons == 0 || len(change.Writes) == 0 {
					t.Fatalf("seed %d: change %+v, want revision %d with reasons and writes", seed, change, revision)
				}
				for _, write := range change.Writes {
					edit.Redo(write)
				}
			}
			if after := machine.State().Tree; edit.Tree().Digest() != after.Digest() {
				t.Fatalf("seed %d: the changes of revision %d to %d give another tree", seed, before.Revision()+1, after.Revision())
			}
		}
	}
}
