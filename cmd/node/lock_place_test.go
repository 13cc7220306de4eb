package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// refreshing is what a node answers to refreshes, one after the other; it is
// silent to those that follow.
type refreshing []struct {
	// after is how long it takes.
	after  time.Duration
	status int
	body   string
}

func TestLeaseEndsHereBeforeItEndsThere(t *testing.T) {
	const ok = `{"revision":9,"else":false,"results":[null]}`
	noLeader := `{"code":"no_leader","detail":"no leader is known"}`
	seconds := func(times ...float64) (durations []time.Duration) {
		for _, t := range times {
			durations = append(durations, time.Duration(t*float64(time.Second)))
		}
		return durations
	}
	for _, test := range []struct {
		name    string
		answers refreshing
		// asked is when the node got a refresh, ended when the lease of 15 s ended.
		asked []time.Duration
		ended time.Duration
		cause string
	}{
		{"when it is never refreshed", nil, seconds(5), 12 * time.Second, "its lease was not refreshed within 12s"},
		{"three refreshes in a ttl", refreshing{{0, 200, ok}, {0, 200, ok}, {0, 200, ok}}, seconds(5, 10, 15, 20), 27 * time.Second, "within 12s"},
		{"counted from before the refresh was sent", refreshing{{4 * time.Second, 200, ok}}, seconds(5, 10), 17 * time.Second, "within 12s"},
		{"refreshed at once after an answer that was late", refreshing{{6 * time.Second, 200, ok}}, seconds(5, 11), 17 * time.Second, "within 12s"},
		{"refreshes that fail are made again soon", refreshing{{0, 503, noLeader}, {0, 504, `{"code":"outcome_unknown","detail":"made good since"}`}, {0, 200, ok}},
			seconds(5, 5.75, 6.5, 11.5), 18500 * time.Millisecond, "within 12s"},
		{"and the last failure is told", slices.Repeat(refreshing{{0, 503, noLeader}}, 10),
			seconds(5, 5.75, 6.5, 7.25, 8, 8.75, 9.5, 10.25, 11, 11.75), 12 * time.Second, "within 12s: no leader is known"},
		{"when the item is another's", refreshing{{0, 412, `{"code":"conflict"}`}}, seconds(5), 5 * time.Second, errPlaceGone.Error()},
		{"when the item is gone", refreshing{{time.Second, 404, `{"code":"not_found"}`}}, seconds(5), 6 * time.Second, errPlaceGone.Error()},
		{"when the node does not understand", refreshing{{0, 400, `{"code":"invalid","detail":"what is held"}`}}, seconds(5), 5 * time.Second, "what is held"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var asked []time.Duration
				nodes := (&client{bases: []string{"http://n"}, timeout: time.Minute, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					asked = append(asked, time.Since(begin))
					if len(asked) > len(test.answers) {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}
					answer := test.answers[len(asked)-1]
					time.Sleep(answer.after)
					return &http.Response{StatusCode: answer.status, Body: io.NopCloser(strings.NewReader(answer.body))}, nil
				})}}).steady()
				p := newPlace(nodes, lockPath.Child("K"), 7, 15*time.Second, begin)
				<-p.Context().Done()
				took := time.Since(begin)
				<-p.kept
				if cause := context.Cause(p.Context()); took != test.ended || !strings.Contains(cause.Error(), test.cause) {
					t.Errorf("ended after %v with %v, want %v and %q", took, cause, test.ended, test.cause)
				}
				if cause := context.Cause(p.Context()).Error(); strings.Contains(cause, "made good since") {
					t.Errorf("an old failure is told: %s", cause)
				}
				if !slices.Equal(asked, test.asked) {
					t.Errorf("asked after %v, want %v", asked, test.asked)
				}
			})
		})
	}
}

// TestLongLeaseIsRefreshed: a node waits for a minute at most, and refuses to be
// asked for more.
func TestLongLeaseIsRefreshed(t *testing.T) {
	node := openLockNode(t)
	nodes, err := newClient([]string{node.url}, defaultTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer nodes.close()
	line := &lockLine{nodes: nodes.steady(), path: lockPath, ttl: time.Hour, who: "a test"}
	p, err := line.join(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.extend(time.Now()); err != nil {
		t.Error(err)
	}
	if err := p.release(); err != nil {
		t.Error(err)
	}
}

func TestGraceEndsBeforeTheLeaseDoes(t *testing.T) {
	for _, ttl := range []time.Duration{time.Second, 15 * time.Second, time.Hour} {
		if local := recipe.Reliable(ttl); local+graceOf(ttl) >= ttl || graceOf(ttl) <= 0 {
			t.Errorf("a command may run until %v of a ttl of %v", local+graceOf(ttl), ttl)
		}
	}
}

// TestRefreshDemandsItsOwnItem compares the text that is sent.
func TestRefreshDemandsItsOwnItem(t *testing.T) {
	p := &place{path: lockPath.Child("a.b"), token: 7}
	before := tree.Path{"locks", "report", "K"}
	r, err := p.transaction(map[string]any{"expire": p.path, "ttl": "1s"}, map[string]any{"exists": before})
	const want = `{"if":[{"held":["locks","report","a.b"],"token":7},{"exists":["locks","report","K"]}],` +
		`"then":[{"expire":["locks","report","a.b"],"ttl":"1s"}]}`
	if err != nil || string(r.body) != want || r.write {
		t.Errorf("the call is %+v with %s, error %v", r, r.body, err)
	}
}

func TestReleaseOfUnknownOutcomeIsNoLoss(t *testing.T) {
	for _, test := range []struct {
		name, second string
		want         error
	}{
		{"removed by the first attempt", "not_found", nil},
		{"gone before the first attempt", "", errPlaceGone},
	} {
		t.Run(test.name, func(t *testing.T) {
			calls := 0
			node := script(t, func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls == 1 && test.second != "" {
					hangUp(w, r)
					return
				}
				refuse(w, 404, "not_found")
			})
			nodes, err := newClient([]string{node.url}, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer nodes.close()
			p := newPlace(nodes.steady(), lockPath.Child("K"), 7, time.Minute, time.Now())
			if err := p.release(); !errors.Is(err, test.want) {
				t.Errorf("release gave %v, want %v", err, test.want)
			}
		})
	}
}
