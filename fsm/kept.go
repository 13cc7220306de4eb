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
	// Lives are all that are kept, also of items that are gone.
	Lives int
}

// CountKept reads a snapshot to its end and counts what it keeps. The errors
// are those of VerifySnapshot.
func CountKept(source io.Reader) (Kept, error) {
	state, table, err := readSnapshot(source)
	if err != nil {
		return Kept{}, err
	}
	lives, _ := state.Lives.Get(tree.Path{livesOf})
	kept := Kept{Sessions: len(table.sessions), Lives: lives.Len()}
	for _, s := range table.sessions {
		for _, slot := range s.answers {
			if slot.answered {
				kept.Answers++
			}
		}
	}
	return kept, nil
}
