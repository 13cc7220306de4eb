package nemesis

import (
	"fmt"
	"math/rand/v2"
)

// TornTailName is the name of TornTail.
const TornTailName = "torn-tail"

// TornTail cuts the end off a file of a stopped node, as a copy that was broken
// off. Make one with NewTornTail.
type TornTail struct{ damage }

// NewTornTail returns the nemesis.
func NewTornTail(files Files) *TornTail { return &TornTail{damage{files: files}} }

// Name returns TornTailName.
func (t *TornTail) Name() string { return TornTailName }

// Start cuts a file.
func (t *TornTail) Start(target Target) (string, error) {
	return t.inflict(target, func(file string, random *rand.Rand) (detail string, err error) {
		err = t.alter(target.Node, file, func(content []byte) []byte {
			length := random.IntN(len(content) + 1)
			detail = fmt.Sprintf("%s to %d of %d bytes", file, length, len(content))
			return content[:length]
		})
		return detail, err
	})
}
