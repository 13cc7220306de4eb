package web_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

// watcher is the client's end of a watch.
type watcher struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
}

// watch opens a stream. The header is sent with the request.
func watch(t *testing.T, client *http.Client, target string, header http.Header) *watcher {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://server"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &watcher{t: t, response: response, lines: bufio.NewReader(response.Body)}
}

// frame returns the text of the next frame without the empty line that ends
// it, and "EOF" at the end of the stream.
func (w *watcher) frame() string {
	w.t.Helper()
	var frame strings.Builder
	for {
		line, err := w.lines.ReadString('\n')
		switch {
		case err == io.EOF && line == "" && frame.Len() == 0:
			return "EOF"
		case err != nil:
			w.t.Fatalf("%v after %q", err, frame.String()+line)
		case line == "\n":
			return frame.String()
		}
		frame.WriteString(line)
	}
}

// expect compares the next frames.
func (w *watcher) expect(frames ...string) {
	w.t.Helper()
	for _, want := range frames {
		if got := w.frame(); got != want {
			w.t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// apply makes a write that must succeed.
func apply(t testing.TB, node web.Node, op cluster.Op) {
	t.Helper()
	if _, err := node.Decide(t.Context(), cluster.Transaction{Then: []cluster.Op{op}}); err != nil {
		t.Fatal(err)
	}
}

// age is the path that the tests of watches write to and watch.
var age = tree.Path{"users", "anna", "age"}

func TestAWatchSendsTheResultAndThenEachChangeOfIt(t *testing.T) {
	for name, on := range map[string]bench{"fake": onFake, "real": onReal} {
		t.Run("of a "+name+" node", func(t *testing.T) {
			on(t, func(t *testing.T, node web.Node) {
				client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
				w := watch(t, client, "/v1/watch?path=users.anna", nil)
				header := w.response.Header
				if header.Get("Content-Type") != "text/event-stream" || header.Get("X-Accel-Buffering") != "no" {
					t.Errorf("%s %v", w.response.Status, header)
				}
				w.expect("id: 3\ndata: {\"revision\":3,\"result\":{\"age\":41},\"exists\":true,\"synced\":true}\n")
				apply(t, node, cluster.Set(tree.Path{"beside"}, 1))
				apply(t, node, cluster.Set(age, "<c>"))
				w.expect("id: 5\ndata: {\"revision\":5,\"result\":{\"age\":\"<c>\"},\"exists\":true,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Remove(tree.Path{"users", "anna"}))
				w.expect("id: 6\ndata: {\"revision\":6,\"result\":null,\"exists\":false,\"reasons\":[\"write\"]}\n")
				apply(t, node, cluster.Insert(tree.Path{"users", "anna"}, nil))
				w.expect("id: 7\ndata: {\"revision\":7,\"result\":null,\"exists\":true,\"reasons\":[\"write\"]}\n")
			})
		})
	}
}

func TestNoTextBreaksAnEventIntoLines(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		const text = "a\nb\r\n\ndata: c\rd\u2028e"
		apply(t, node, cluster.Set(age, text))
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		frame := watch(t, client, "/v1/watch?path=users.anna.age", nil).frame()
		data, ok := strings.CutPrefix(frame, "id: 4\ndata: ")
		if !ok || strings.ContainsAny(strings.TrimSuffix(data, "\n"), "\r\n") {
			t.Fatalf("%q", frame)
		}
		got := decode[struct {
			Revision uint64
			Result   string
			Exists   bool
			Synced   bool
		}](t, data)
		if got.Result != text {
			t.Errorf("%q, want %q", got.Result, text)
		}
	})
}

func TestAWatchTakesAQueryAndAPath(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		const keys = `%7B%22_%22:%22$key%22%7D`
		watch(t, client, `/v1/watch?query=`+keys, nil).
			expect("id: 3\ndata: {\"revision\":3,\"result\":[\"a/b\",\"none\",\"users\"],\"exists\":true,\"synced\":true}\n")
		watch(t, client, `/v1/watch?path=users&timeout=1s&query=`+keys, nil).
			expect("id: 3\ndata: {\"revision\":3,\"result\":[\"anna\",\"bert\"],\"exists\":true,\"synced\":true}\n")
		watch(t, client, `/v1/watch?path=%22a/b%22`, nil).
			expect("id: 3\ndata: {\"revision\":3,\"result\":{\"c+d\":true},\"exists\":true,\"synced\":true}\n")
		watch(t, client, `/v1/watch?path=`, nil).
			expect("id: 3\ndata: {\"revision\":3,\"result\":" + wholeTree + ",\"exists\":true,\"synced\":true}\n")
	})
}

func TestASilentWatchIsKeptAlive(t *testing.T) {
	for name, cfg := range map[string]web.Config{
		"with defaults":        {},
		"with negative values": {KeepAlive: -1, EventTimeout: -1, MaxWatches: -1},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, func(t *testing.T, node web.Node) {
				client := serve(t, &http.Server{Handler: web.Handler(node, cfg)})
				w := watch(t, client, "/v1/watch?path=none", nil)
				start := time.Now()
				w.expect("id: 3\ndata: {\"revision\":3,\"result\":null,\"exists\":true,\"synced\":true}\n", ": keep-alive\n", ": keep-alive\n")
				if waited := time.Since(start); waited != 2*web.DefaultKeepAlive {
					t.Errorf("two comments after %v", waited)
				}
			})
		})
	}
}

func TestAWatchOutlivesTheTimeoutsOfItsServer(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		client := serve(t, &http.Server{
			Handler:     web.Handler(node, web.Config{KeepAlive: time.Hour}),
			ReadTimeout: time.Second, WriteTimeout: time.Second,
		})
		w := watch(t, client, "/v1/watch?path=users.anna.age", nil)
		w.expect("id: 3\ndata: {\"revision\":3,\"result\":41,\"exists\":true,\"synced\":true}\n")
		time.Sleep(2 * web.MaxTimeout)
		apply(t, node, cluster.Set(age, 42))
		w.expect("id: 4\ndata: {\"revision\":4,\"result\":42,\"exists\":true,\"reasons\":[\"write\"]}\n")
	})
}

func TestAWatchOverHTTP2IsNotEndedBetweenItsEvents(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{KeepAlive: time.Hour}), Protocols: protocols})
		w := watch(t, client, "/v1/watch?path=users.anna.age", nil)
		if w.response.ProtoMajor != 2 {
			t.Fatal(w.response.Proto)
		}
		w.expect("id: 3\ndata: {\"revision\":3,\"result\":41,\"exists\":true,\"synced\":true}\n")
		time.Sleep(2 * web.DefaultEventTimeout)
		apply(t, node, cluster.Set(age, 42))
		w.expect("id: 4\ndata: {\"revision\":4,\"result\":42,\"exists\":true,\"reasons\":[\"write\"]}\n")
		w.response.Body.Close()
	})
}

func TestASlowReaderGetsWiderStepsAndTheLastResult(t *testing.T) {
	for name, on := range map[string]bench{"fake": onFake, "real": onReal} {
		t.Run("of a "+name+" node", func(t *testing.T) {
			on(t, func(t *testing.T, node web.Node) {
				client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
				w := watch(t, client, "/v1/watch?path=big", nil)
				const writes = 20
				for i := range writes {
					apply(t, node, cluster.Set(tree.Path{"big"}, strings.Repeat(string(rune('a'+i)), 100<<10)))
				}
				synctest.Wait()
				last := strings.Repeat(string(rune('a'+writes-1)), 100<<10)
				var events int
				for ended := false; !ended; events++ {
					ended = strings.Contains(w.frame(), last)
				}
				if events >= writes {
					t.Errorf("%d events for %d writes that nobody read", events, writes)
				}
			})
		})
	}
}

func TestAReaderThatStopsIsCutOffAndHoldsUpNobody(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		apply(t, node, cluster.Set(tree.Path{"big"}, strings.Repeat("x", 1<<20)))
		stuck := watch(t, client, "/v1/watch?path=big", nil)
		other := watch(t, client, "/v1/watch?path=users.anna.age", nil)
		other.expect("id: 4\ndata: {\"revision\":4,\"result\":41,\"exists\":true,\"synced\":true}\n")
		apply(t, node, cluster.Set(age, 42))
		other.expect("id: 5\ndata: {\"revision\":5,\"result\":42,\"exists\":true,\"reasons\":[\"write\"]}\n")
		if n := node.watching(); n != 2 {
			t.Fatalf("%d watches, want 2", n)
		}
		time.Sleep(web.DefaultEventTimeout)
		synctest.Wait()
		if n := node.watching(); n != 1 {
			t.Errorf("%d watches after the time of an event, want 1", n)
		}
		if text, err := io.ReadAll(stuck.response.Body); err == nil {
			t.Errorf("a stream that was cut off ends as if it were whole, after %d bytes", len(text))
		}
	})
}

func TestAReaderThatStopsIsCutOffByAComment(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		// Comments fill the buffers of the connection when nobody reads.
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{KeepAlive: time.Millisecond, EventTimeout: time.Second})})
		watch(t, client, "/v1/watch?path=none", nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := node.watching(); n != 0 {
			t.Errorf("%d watches, want 0", n)
		}
	})
}

// gatedWriter is a ResponseWriter that knows neither deadlines nor whether its
// client is there: each write waits for what gate returns.
type gatedWriter struct {
	*httptest.ResponseRecorder
	gate func(frame string) error
}

func (w gatedWriter) Write(frame []byte) (int, error) { return len(frame), w.gate(string(frame)) }

func TestACommentThatFailsEndsTheWatch(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		start := time.Now()
		web.Handler(node, web.Config{}).ServeHTTP(gatedWriter{httptest.NewRecorder(), func(frame string) error {
			if strings.HasPrefix(frame, ":") {
				return io.ErrClosedPipe
			}
			return nil
		}}, httptest.NewRequestWithContext(t.Context(), "GET", "/v1/watch?path=none", nil))
		if waited := time.Since(start); waited != web.DefaultKeepAlive || node.watching() != 0 {
			t.Errorf("ended after %v, with %d watches left", waited, node.watching())
		}
	})
}

func TestAWatchThatHasEndedWritesNoMore(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(web.DefaultKeepAlive+time.Second, cancel)
		var written time.Time
		web.Handler(node, web.Config{}).ServeHTTP(gatedWriter{httptest.NewRecorder(), func(frame string) error {
			if strings.HasPrefix(frame, ":") {
				time.Sleep(5 * time.Second)
				written = time.Now()
			}
			return nil
		}}, httptest.NewRequestWithContext(ctx, "GET", "/v1/watch?path=none", nil))
		if written.IsZero() {
			t.Error("the handler has returned while a comment was being written")
		}
	})
}

func TestAnEventWaitsForACommentAndNotTheOtherWay(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second+100*time.Millisecond, func() { apply(t, node, cluster.Set(age, 42)) })
		time.AfterFunc(9800*time.Millisecond, cancel)
		var writing int
		var frames strings.Builder
		web.Handler(node, web.Config{KeepAlive: time.Second}).ServeHTTP(gatedWriter{httptest.NewRecorder(), func(frame string) error {
			if writing++; writing != 1 {
				t.Error("two frames are written at once")
			}
			pause := 500 * time.Millisecond
			if strings.HasPrefix(frame, "id: 4") {
				pause = 4 * time.Second // the comments of these seconds are left out
			}
			time.Sleep(pause)
			writing--
			frames.WriteString(frame[:1])
			return nil
		}}, httptest.NewRequestWithContext(ctx, "GET", "/v1/watch?path=users.anna.age", nil))
		if got := frames.String(); got != "i:i::::" {
			t.Errorf("frames %s", got)
		}
	})
}

func TestAWatchEndsWithItsClient(t *testing.T) {
	withFake(t, func(t *testing.T, node *fakeNode) {
		client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
		w := watch(t, client, "/v1/watch?path=none", nil)
		w.frame()
		w.response.Body.Close()
		synctest.Wait()
		if n := node.watching(); n != 0 {
			t.Errorf("%d watches after the client has left", n)
		}
	})
}

func TestAWatchEndsWithTheNode(t *testing.T) {
	t.Run("that is fake", func(t *testing.T) {
		withFake(t, func(t *testing.T, node *fakeNode) {
			client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
			w := watch(t, client, "/v1/watch?path=none", nil)
			w.frame()
			node.stop(nil)
			w.expect("EOF")
		})
	})
	t.Run("that is real", func(t *testing.T) {
		onReal(t, func(t *testing.T, node web.Node) {
			client := serve(t, &http.Server{Handler: web.Handler(node, web.Config{})})
			w := watch(t, client, "/v1/watch?path=none", nil)
			w.frame()
			node.(*cluster.Node).Close()
			w.expect("EOF")
		})
	})
}

func TestAnEndedNodeRefusesAWatch(t *testing.T) {
	node := populated(t)
	node.stop(nil)
	exchange{request: "GET /v1/watch?path=none", status: 503, code: "closed"}.check(t, web.Handler(node, web.Config{}))
}

func TestWatchesAreLimited(t *testing.T) {
	onFake(t, func(t *testing.T, node web.Node) {
		handler := web.Handler(node, web.Config{MaxWatches: 2})
		client := serve(t, &http.Server{Handler: handler})
		first := watch(t, client, "/v1/watch?path=none", nil)
		watch(t, client, "/v1/watch?path=none", nil)
		refused := exchange{request: "GET /v1/watch?path=none", status: 429, code: "busy", says: "too many watches"}
		if again := refused.check(t, handler).Get("Retry-After"); again != "1" {
			t.Errorf("Retry-After: %q", again)
		}
		first.response.Body.Close()
		synctest.Wait()
		if w := watch(t, client, "/v1/watch?path=none", nil); w.response.StatusCode != 200 {
			t.Errorf("status %d after another watch has ended", w.response.StatusCode)
		}
	})
}

func TestAWriterThatCannotStreamIsToldSo(t *testing.T) {
	recorder := httptest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request := httptest.NewRequestWithContext(ctx, "GET", "/v1/watch?path=none", nil)
	web.Handler(populated(t), web.Config{}).ServeHTTP(struct{ http.ResponseWriter }{recorder}, request)
	if got := decode[problem](t, recorder.Body.String()); recorder.Code != 500 || got.Code != "internal" || recorder.Flushed {
		t.Errorf("status %d, flushed %v: %+v", recorder.Code, recorder.Flushed, got)
	}
}

// absentReader is a writer whose client is gone: the header can be written, and
// goes nowhere.
type absentReader struct {
	http.ResponseWriter
	headers int
}

func (w *absentReader) WriteHeader(int) { w.headers++ }

func (w *absentReader) FlushError() error {
	w.WriteHeader(http.StatusOK)
	return io.ErrClosedPipe
}

// TestAClientThatIsGoneGetsOneHeader: a second one, of a problem, would be
// a line in the log of every server.
func TestAClientThatIsGoneGetsOneHeader(t *testing.T) {
	writer := &absentReader{ResponseWriter: httptest.NewRecorder()}
	request := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/watch?path=none", nil)
	web.Handler(populated(t), web.Config{}).ServeHTTP(writer, request)
	if writer.headers != 1 {
		t.Errorf("the header was written %d times", writer.headers)
	}
}
