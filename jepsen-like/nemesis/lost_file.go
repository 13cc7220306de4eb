package nemesis

import (
	"math/rand/v2"
	"strings"
)

// LostFileName is the name of LostFile.
const LostFileName = "lost-file"

// LostFile removes a file or a whole folder from the top of a stopped node's
// folder. Never all of it: a node cannot tell an empty folder from one that was
// never used, and would vote again where it has voted before. Nor is an old copy
// put back, which is the same. Make one with NewLostFile.
type LostFile struct{ damage }

// NewLostFile returns the nemesis.
func NewLostFile(files Files) *LostFile { return &LostFile{damage{files: files}} }

// Name returns LostFileName.
func (l *LostFile) Name() string { return LostFileName }

// Start removes a file or folder.
func (l *LostFile) Start(target Target) (string, error) {
	return l.inflict(target, func(file string, _ *rand.Rand) (string, error) {
		top, _, _ := strings.Cut(file, "/")
		return top, l.remove(target.Node, top)
	})
}
