package tree

import "errors"

// The errors of this package. Those that are returned add what was wrong and
// where; test for these with errors.Is.
var (
	// ErrNotFound is returned by Update, Replace and Remove when nothing stands
	// at the path.
	ErrNotFound = errors.New("item not found")

	// ErrExists is returned by Insert when an item stands at the path.
	ErrExists = errors.New("item exists")

	// ErrInvalid is returned for input that no tree can hold or understand: a
	// reserved key, text that is not UTF-8, a number that is not finite, a leaf
	// at the root, a malformed query.
	ErrInvalid = errors.New("invalid")

	// ErrTooLarge is returned for a key over MaxKeyBytes, a string or bytes
	// over MaxValueBytes, and a value that would make an item deeper than
	// MaxDepth, or a path that is. So it is for a query that would look at more
	// items than its limit.
	ErrTooLarge = errors.New("too large")

	// ErrCorrupt is returned by the decoders for input that no encoder of this
	// package wrote.
	ErrCorrupt = errors.New("corrupt encoding")

	// ErrVersion is returned by Decode for an encoding of a version that this
	// release does not know: most likely a newer release wrote it.
	ErrVersion = errors.New("unknown encoding version")
)

// maxErrorPath bounds the text of a path in an error, in bytes: a path may have
// 64 KiB, a log line should not.
const maxErrorPath = 256

// PathError says which operation failed, at which path, and why. It is the only
// typed error of this package.
type PathError struct {
	// Op is the operation in lower case, such as "insert", "validate" or
	// "query". Never empty.
	Op string

	// Path is where it failed: the path of an operation on the tree, or the
	// position within a value or a query. Empty means the root. It belongs to
	// the error.
	Path Path

	// Err is the cause; it wraps one of the sentinels of this package. Never
	// nil.
	Err error
}

// Error returns "op path: cause"; the text of a very long path is cut.
func (e *PathError) Error() string {
	text := e.Path.String()
	switch {
	case text == "":
		text = "(root)"
	case len(text) > maxErrorPath:
		text = text[:maxErrorPath] + "..."
	}
	return e.Op + " " + text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *PathError) Unwrap() error { return e.Err }
