package checker

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// maxCalls is how many calls a finding prints. What led to a violation is
// seldom further back, and a screen has few lines.
const maxCalls = 12

// Finding is one thing that is wrong with a history.
type Finding struct {
	// Rule names the rule, as in "items".
	Rule string
	// Undecided says that the rule could not be checked here. The cluster may
	// be right or wrong.
	Undecided bool
	// Text says what is wrong, in one line.
	Text string
	// Calls are those that show it, the decisive one last. May be empty.
	Calls []history.Call
	// At is when it shows, as a time of the run. 0: its calls tell, or it shows
	// when all is over.
	At time.Duration
	// Event is the index of the event that shows it, if no calls do.
	Event int
	// Drawing is a page in HTML on which another tool shows it. May be empty.
	Drawing []byte
}

// Place is where in the history the finding shows first: the index at which its
// decisive call was invoked, or that of its event, 0 if there is none. The first of many findings is
// the nearest to their common cause.
func (f Finding) Place() int {
	if len(f.Calls) == 0 {
		return f.Event
	}
	return f.Calls[len(f.Calls)-1].Invoked
}

// String returns the text, and beneath it the last calls, one a line.
func (f Finding) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", f.Rule, f.Text)
	shown := f.Calls[max(0, len(f.Calls)-maxCalls):]
	if hidden := len(f.Calls) - len(shown); hidden > 0 {
		fmt.Fprintf(&text, "\n    (%d earlier calls)", hidden)
	}
	for _, call := range shown {
		fmt.Fprintf(&text, "\n    %s", describe(call))
	}
	return text.String()
}

// describe returns a call in one line: its place in the history, how it ended,
// what was asked and what came back.
func describe(call history.Call) string {
	return fmt.Sprintf("[%s-%s] %s %s -> %s", place(call.Invoked), place(call.Returned), call.Kind, compact(call.Request), compact(call.Answer))
}

// place is an index in a line. What is read at the end has none, nor has an answer
// that never came.
func place(index int) string {
	if index == history.Never {
		return "..."
	}
	return fmt.Sprint(index)
}

// compact returns a request or an answer as JSON, which leaves out what is not
// set. Both are plain data, and always have such a form.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
