package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roundTripper lets a function stand in for the network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// pipedClient returns a client whose one node streams what is written to the
// pipe.
func pipedClient() (*client, *io.PipeWriter) {
	reader, writer := io.Pipe()
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		go func() {
			<-r.Context().Done()
			reader.CloseWithError(r.Context().Err())
		}()
		return &http.Response{StatusCode: http.StatusOK, Body: reader}, nil
	})
	return &client{bases: []string{"http://n"}, timeout: time.Second, http: &http.Client{Transport: transport}}, writer
}

func TestSilentStreamIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes, writer := pipedClient()
		go func() {
			for range 4 {
				io.WriteString(writer, ": keep-alive\n\n")
				time.Sleep(silenceLimit - time.Second)
			}
			io.WriteString(writer, event(1, "1"))
		}()
		begin := time.Now()
		var events int
		var last error
		for event, err := range nodes.stream(t.Context(), "http://n", nil, nil) {
			if last = err; err == nil && event.Revision == 1 {
				events++
			}
		}
		if events != 1 || !errors.Is(last, errSilent) {
			t.Errorf("%d events and then %v, want one event and errSilent", events, last)
		}
		if took, want := time.Since(begin), 4*(silenceLimit-time.Second)+silenceLimit; took != want {
			t.Errorf("the stream was given up after %v, want %v", took, want)
		}
	})
}

func TestStreamThatDoesNotBeginIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes, _ := pipedClient()
		begin := time.Now()
		for _, err := range nodes.stream(t.Context(), "http://n", nil, nil) {
			if want := nodes.timeout + answerGrace; !errors.Is(err, errSilent) || time.Since(begin) != want {
				t.Errorf("after %v: %v, want errSilent after %v", time.Since(begin), err, want)
			}
		}
	})
}

// streams is what the nodes of a test stream, by host: one text for each stream
// in turn, after which the host is gone.
type streams map[string][]string

// watched returns the results of a watch over nodes that stream this, and the
// error that the watch ends with.
func (s streams) watched(t *testing.T, query url.Values, hosts ...string) (results []string, asked []string, ended error) {
	nodes := &client{timeout: time.Second, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Host+" from "+r.Header.Get("Last-Event-ID"))
		texts := s[r.Host]
		if len(texts) == 0 {
			return nil, errors.New("connection refused")
		}
		s[r.Host] = texts[1:]
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(texts[0]))}, nil
	})}}
	for _, host := range hosts {
		nodes.bases = append(nodes.bases, "http://"+host)
	}
	for event, err := range nodes.watch(t.Context(), query) {
		if ended = err; err == nil {
			result := fmt.Sprintf("%d: %s", event.Revision, event.Result)
			if event.Reset {
				result += ", reset"
			}
			results = append(results, result)
		}
	}
	return results, asked, ended
}

// mark is an event without a result, as a node sends it.
func mark(name string, revision int) string {
	return fmt.Sprintf("event: %s\nid: %d\ndata: {\"revision\":%d}\n\n", name, revision, revision)
}

// reset is an event before which changes may have been missed.
func reset(revision int, result string) string {
	return strings.Replace(event(revision, result), "}\n", `,"reset":true}`+"\n", 1)
}

func TestWatchSurvivesStreamsThatBreak(t *testing.T) {
	tests := []struct {
		name           string
		query          url.Values
		nodes          streams
		hosts          []string
		results, asked []string
	}{
		{"by going on with the next address, without what was seen already", nil,
			streams{"a": {event(3, "1") + event(5, "2")}, "b": {event(4, "1") + event(5, "2") + event(6, "2") + event(7, "3")}},
			[]string{"a", "b"}, []string{"3: 1", "5: 2", "7: 3"},
			[]string{"a from ", "b from 5", "a from 7", "b from 7"}},
		{"by asking the only address again", nil,
			streams{"a": {event(3, "1"), event(3, "1"), event(4, "null"), event(5, "1")}},
			[]string{"a"}, []string{"3: 1", "4: null", "5: 1"},
			[]string{"a from ", "a from 3", "a from 3", "a from 4", "a from 5"}},
		{"by passing over an address where nobody is", nil,
			streams{"b": {event(1, "1")}},
			[]string{"a", "b"}, []string{"1: 1"}, []string{"a from ", "b from ", "a from 1", "b from 1"}},
		{"until no address brings anything", nil,
			streams{"a": {"", ": keep-alive\n\n"}},
			[]string{"a"}, nil, []string{"a from "}},
		{"by going on from a mark, which is no result", nil,
			streams{"a": {event(3, "1") + mark("synced", 4) + mark("progress", 9)}, "b": {mark("synced", 11) + event(12, "2")}},
			[]string{"a", "b"}, []string{"3: 1", "12: 2"},
			[]string{"a from ", "b from 9", "a from 12", "b from 12"}},
		{"by going on from the very beginning", nil,
			streams{"a": {event(0, "null")}, "b": {event(1, "1")}},
			[]string{"a", "b"}, []string{"0: null", "1: 1"},
			[]string{"a from ", "b from 0", "a from 1", "b from 1"}},
		{"without telling one result twice, even if there were others between", nil,
			streams{"a": {event(3, "1")}, "b": {reset(9, "1")}},
			[]string{"a", "b"}, []string{"3: 1"}, []string{"a from ", "b from 3", "a from 9", "b from 9"}},
		{"by saying that changes may have been missed, if each is to be told", url.Values{"every": {"true"}},
			streams{"a": {event(3, "1")}, "b": {reset(9, "1")}},
			[]string{"a", "b"}, []string{"3: 1", "9: 1, reset"}, []string{"a from ", "b from 3", "a from 9", "b from 9"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				results, asked, ended := test.nodes.watched(t, test.query, test.hosts...)
				if !slices.Equal(results, test.results) || !slices.Equal(asked, test.asked) {
					t.Errorf("results %q after asking %q,\nwant    %q after        %q", results, asked, test.results, test.asked)
				}
				if outcomeOf(ended).code != exitUnavailable {
					t.Errorf("the watch ended with %v", ended)
				}
			})
		})
	}
}

func TestEventsAreReadAsTheStandardSays(t *testing.T) {
	tests := []struct {
		name, text string
		revisions  []uint64
	}{
		{"one event", "data: {\"revision\":1}\n\n", []uint64{1}},
		{"data on several lines", "data: {\"revision\":\ndata: 2}\n\n", []uint64{2}},
		{"no space after the colon", "data:{\"revision\":3}\n\n", []uint64{3}},
		{"carriage returns", "id: 4\r\ndata: {\"revision\":4}\r\n\r\n", []uint64{4}},
		{"comments and unknown fields", ": hello\nretry: 5\n\nfoo: x\ndata: {\"revision\":5}\n\n", []uint64{5}},
		{"an event that has the usual name", "event: message\ndata: {\"revision\":6}\n\n", []uint64{6}},
		{"events of unknown names", "event: news\ndata: {\"revision\":7}\n\ndata: {\"revision\":8}\n\n", []uint64{8}},
		{"a name without data", "event: news\n\ndata: {\"revision\":9}\n\n", []uint64{9}},
		{"an event that was cut off", "data: {\"revision\":1}\n\ndata: {\"revision\":2}\n", []uint64{1}},
		{"nothing", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var revisions []uint64
			for event, err := range readEvents(strings.NewReader(test.text)) {
				if err != nil {
					if err != io.EOF {
						t.Errorf("the stream ended with %v, want EOF", err)
					}
					break
				}
				revisions = append(revisions, event.Revision)
			}
			if len(revisions) != len(test.revisions) || (len(revisions) > 0 && revisions[0] != test.revisions[0]) {
				t.Errorf("revisions %v, want %v", revisions, test.revisions)
			}
		})
	}
}

func TestLineBeyondTheLimitIsRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		limit int
		ok    bool
	}{{"at the limit", 5001, true}, {"beyond the limit", 5000, false}} {
		t.Run(test.name, func(t *testing.T) {
			line, err := readLine(bufio.NewReader(strings.NewReader(strings.Repeat("x", 5000)+"\n")), test.limit)
			if (err == nil) != test.ok || (test.ok && len(line) != 5000) {
				t.Errorf("read %d bytes, error %v", len(line), err)
			}
		})
	}
}

// FuzzReadEvents checks that no stream makes the reader panic or go on after
// its end.
func FuzzReadEvents(f *testing.F) {
	for _, seed := range []string{event(1, "1"), mark("synced", 2), "event: x\n\n", "data: 1\n\ndata: {}\n\n", "data\n\n", ":\n", "data: {\"exists\":false}\r\n\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ended := false
		for _, err := range readEvents(strings.NewReader(text)) {
			if ended {
				t.Fatal("something came after the error that ends a stream")
			}
			ended = err != nil
		}
		if !ended {
			t.Error("the stream did not end with an error")
		}
	})
}
