package nemesis

import (
	"fmt"
	"math/rand/v2"
)

// BitFlipsName is the name of BitFlips.
const BitFlipsName = "bit-flips"

// BitFlips turns bits round in a file of a stopped node: one, or up to a hundred.
// Most of a log file is free at any time, and one bit seldom hits anything. Make
// one with NewBitFlips.
type BitFlips struct{ damage }

// NewBitFlips returns the nemesis.
func NewBitFlips(files Files) *BitFlips { return &BitFlips{damage{files: files}} }

// Name returns BitFlipsName.
func (b *BitFlips) Name() string { return BitFlipsName }

// Start flips bits of a file.
func (b *BitFlips) Start(target Target) (string, error) {
	return b.inflict(target, func(file string, random *rand.Rand) (string, error) {
		const most = 100
		count := 1
		if random.IntN(2) == 0 {
			count += random.IntN(most)
		}
		err := b.alter(target.Node, file, func(content []byte) []byte {
			for range count {
				if len(content) > 0 {
					content[random.IntN(len(content))] ^= 1 << random.IntN(8)
				}
			}
			return content
		})
		return fmt.Sprintf("%d in %s", count, file), err
	})
}
