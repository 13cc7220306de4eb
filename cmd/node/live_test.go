package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
)

// drawnIn is a screen of this size that keeps what it is told.
func drawnIn(width, height int) (*screen, *bytes.Buffer) {
	var out bytes.Buffer
	return &screen{out: &out, size: func() (int, int) { return width, height }}, &out
}

func TestScreenDrawsInPlace(t *testing.T) {
	s, out := drawnIn(20, 10)
	v := &liveView{subject: "a"}
	v.update(came(1, `{"b":1,"c":2}`), at(0))
	steps := []struct {
		name, want string
		before     func()
	}{
		{"below what stands there", "a: revision 1, unch…\x1b[K\n  b: 1\x1b[K\n  c: 2\x1b[K\n\x1b[J", func() {}},
		{"over the view before", "\r\x1b[3Aa: revision 2, unch…\x1b[K\n  b: 1\x1b[K\n- c: 2\x1b[K\n\x1b[J",
			func() { v.update(came(2, `{"b":1}`), at(0)) }},
		{"from the top in a terminal of another size", "\x1b[H\x1b[2Ja: revis…\x1b[K\n  … 2 mo…\x1b[K\n\x1b[J",
			func() { s.size = func() (int, int) { return 9, 3 } }},
		{"in colours", "\r\x1b[2A\x1b[1ma: revis…\x1b[m\x1b[K\n\x1b[2m  … 2 mo…\x1b[m\x1b[K\n\x1b[J", func() { s.coloured = true }},
	}
	for _, step := range steps {
		out.Reset()
		step.before()
		if err := s.draw(v, at(0)); err != nil || out.String() != step.want {
			t.Errorf("%s: error %v, told\n%q, want\n%q", step.name, err, out, step.want)
		}
	}
}

// TestLiveViewTellsTimeAndNode while nothing changes, and when the node is gone.
func TestLiveViewTellsTimeAndNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes, writer := pipedClient()
		first := nodes.http.Transport
		nodes.http.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Last-Event-ID") != "" {
				<-r.Context().Done() // nobody answers any more
				return nil, context.Cause(r.Context())
			}
			return first.RoundTrip(r)
		})
		go func() {
			time.Sleep(500 * time.Millisecond)
			io.WriteString(writer, event(1, "1"))
			time.Sleep(2 * time.Second)
			writer.Close()
		}()
		shown, out := liveOn(nodes)
		if err := shown.follow(t.Context(), nil); outcomeOf(err).code != exitUnavailable {
			t.Errorf("the watch ended with %v", err)
		}
		text := out.String()
		for _, want := range []string{
			"waiting for the first result", "unchanged for 0s, from http://n", "unchanged for 1s, from http://n", "unchanged for 2s, from no node",
		} {
			_, rest, found := strings.Cut(text, want)
			if !found {
				t.Fatalf("%q is missing in %q", want, text)
			}
			text = rest
		}
		if !strings.HasSuffix(text, wrapOn+showCursor) {
			t.Errorf("the terminal is left with %q", text)
		}
	})
}

// liveOn returns a live view in a terminal of a usual size, and what that is
// told.
func liveOn(nodes *client) (*live, *bytes.Buffer) {
	screen, out := drawnIn(usualWidth, usualHeight)
	nodes.streaming = new(atomic.Pointer[string])
	return &live{nodes: nodes, screen: screen, view: liveView{subject: "a"}}, out
}

// terminalRun runs the program on a pseudo terminal, and returns its status and
// what the terminal was told. It is interrupted once until has appeared.
func terminalRun(t *testing.T, until string, args ...string) (code int, told string) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ended := make(chan int)
	go func() {
		code := run(ctx, append([]string{"node"}, args...), strings.NewReader(""), theirs, io.Discard)
		theirs.Close()
		ended <- code
	}()
	var text strings.Builder
	for part := make([]byte, 4096); ; {
		n, err := ours.Read(part)
		text.Write(part[:n])
		if strings.Contains(text.String(), until) {
			interrupt()
		}
		if err != nil { // the other side is closed
			return <-ended, text.String()
		}
	}
}

// waiting starts a node with one event, whose stream then stays open.
func waiting(t *testing.T, text string) *scripted {
	return script(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, text)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
}

func TestWatchOnATerminalIsDrawnInPlace(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	node := waiting(t, event(3, `{"b":1}`))
	code, told := terminalRun(t, "b: 1", "watch", "a", "--addr", node.url)
	if code != exitOK {
		t.Errorf("exit status %d", code)
	}
	last := "\x1b[1ma: revision 3, unchanged for 0s, from " + node.url + "\x1b[m\x1b[K\r\n  b: 1\x1b[K\r\n\x1b[J"
	if !strings.HasPrefix(told, hideCursor+wrapOff) || !strings.Contains(told, last) || !strings.HasSuffix(told, "\r"+clearBelow+wrapOn+showCursor) {
		t.Errorf("the terminal was told %q", told)
	}
}

func TestWatchOnATerminalEndsWithItsCount(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	node := waiting(t, event(3, `{"b":1}`)+event(4, `{"b":2}`))
	code, told := terminalRun(t, "never", "watch", "a", "--addr", node.url, "--count", "2")
	if code != exitOK || !strings.Contains(told, "- b: 1\x1b[K\r\n+ b: 2\x1b[K\r\n") || strings.Contains(told, "\x1b[1m") {
		t.Errorf("exit status %d, the terminal was told %q", code, told)
	}
}

func TestWatchOnATerminalPrintsLinesWhereItIsToldTo(t *testing.T) {
	const line = "revision 3: {\"b\":1}\r\n"
	for name, test := range map[string]struct{ term, flag, want string }{
		"with --plain":            {"xterm", "--plain", line},
		"with --every":            {"xterm", "--every", line},
		"with --since":            {"xterm", "--since=2", line},
		"with --changes":          {"xterm", "--changes", line},
		"with --json":             {"xterm", "--json", "{\"revision\":3,\"exists\":true,\"result\":{\"b\":1}}\r\n"},
		"that cannot move":        {"dumb", "--timeout=5s", line},
		"that nobody knows about": {"", "--timeout=5s", line},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", test.term)
			node := waiting(t, event(3, `{"b":1}`))
			if code, told := terminalRun(t, "never", "watch", "a", "--addr", node.url, "--count", "1", test.flag); code != exitOK || told != test.want {
				t.Errorf("exit status %d, the terminal was told %q, want %q", code, told, test.want)
			}
		})
	}
}
