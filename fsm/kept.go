package fsm

import (
	"io"

	"example.com/gstate/tree"
)

// Kept is how much a snapshot has beside the tree.
type Kept struct {
	Sessions int
	// Answers are those of all sessions that may still be asked for.
	Answers int
	// Leases are all that are kept, also of items that are gone.
	Leases int
}

// CountKept reads a snapshot to its end and counts what it keeps. The errors
// are those of VerifySnapshot.
func CountKept(source io.Reader) (Kept, error) {
	state, table, err := readSnapshot(source)
	if err != nil {
		return Kept{}, err
	}
	leases, _ := state.Leases.Get(tree.Path{leasesOf})
	kept := Kept{Sessions: len(table.sessions), Leases: leases.Len()}
	for _, s := range table.sessions {
		for _, slot := range s.answers {
			if slot.answered {
				kept.Answers++
			}
		}
	}
	return kept, nil
}
