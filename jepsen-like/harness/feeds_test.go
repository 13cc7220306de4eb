package harness

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
)

// streams answers one watch after the other with these texts.
type streams []string

func (s *streams) RoundTrip(request *http.Request) (*http.Response, error) {
	text := (*s)[0]
	*s = (*s)[1:]
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(text)), Request: request}, nil
}

// TestAFeedThatEndsAtTheEmptyTreeBeginsAnew: nothing tells a watch of nothing from
// no watch, so what the next node begins with is no change.
func TestAFeedThatEndsAtTheEmptyTreeBeginsAnew(t *testing.T) {
	told := streams{
		"id: 0\n" + `data: {"revision":0,"exists":false,"synced":true}` + "\n\n",
		"id: 5\n" + `data: {"revision":5,"result":{"n":1},"exists":true,"synced":true}` + "\n\n" +
			"id: 6\n" + `data: {"revision":6,"exists":true,"changes":[{"path":"n","new":2}]}` + "\n\n",
		"id: 7\n" + `data: {"revision":7,"exists":true,"changes":[{"path":"n","new":3}]}` + "\n\n",
	}
	f := &feeds{Harness: &Harness{client: client.New(map[string]string{"a": "http://a"}, &told)}, start: time.Now()}
	f.target.Store(7)
	one := &follower{feed: history.Feed{Name: "a"}, order: []string{"a"}}
	for len(told) > 0 {
		if !f.hear(t.Context(), one, "a") {
			t.Fatal("the node has told nothing")
		}
	}
	gaps := map[uint64]bool{}
	for _, news := range one.feed.News {
		gaps[news.Revision] = news.Gap
	}
	if want := map[uint64]bool{0: true, 5: true, 6: false, 7: false}; !reflect.DeepEqual(gaps, want) {
		t.Errorf("the news begin anew (true) or go on: %v, want %v", gaps, want)
	}
}
