package report

import (
	"bytes"
	"os"
	"path/filepath"

	"example.com/gstate/jepsen-like/nodes"
)

// shownLog is how many bytes of a log the page shows: the reason of a panic and
// the first goroutines.
const shownLog = 4096

// crash is a node that ended by itself, with the part of its log that says why.
type crash struct{ Text, Log string }

// crashOf reads the log in the folder of the run, which may have been moved. Where
// there is none, the page goes without it.
func crashOf(dir string, c nodes.Crash) crash {
	log, err := os.ReadFile(filepath.Join(dir, filepath.Base(c.Log)))
	if err != nil {
		return crash{Text: c.String()}
	}
	return crash{c.String(), string(excerpt(log))}
}

// excerpt returns the log from the last panic on, or else its end.
func excerpt(log []byte) []byte {
	start := max(bytes.LastIndex(log, []byte("\npanic: ")), bytes.LastIndex(log, []byte("\nfatal error: ")))
	if start < 0 {
		start = max(0, len(log)-shownLog)
	}
	return bytes.TrimSpace(log[start:min(len(log), start+shownLog)])
}
