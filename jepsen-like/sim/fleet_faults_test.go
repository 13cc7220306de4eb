package sim

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// inFleet runs a test on three nodes that are ready.
func inFleet(t *testing.T, test func(t *testing.T, f *fleet, clients *http.Client)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(newWorld(t, shortRun(1), none, nil))
		transport := f.transport()
		defer func() {
			transport.CloseIdleConnections()
			if err := f.close(); err != nil {
				t.Error(err)
			}
		}()
		for _, id := range f.IDs() {
			if err := f.Start(id); err != nil {
				t.Fatal(err)
			}
		}
		f.awaitLeader()
		test(t, f, &http.Client{Transport: transport})
	})
}

// watchOn opens a watch that has told its first result.
func watchOn(t *testing.T, clients *http.Client, id string) *bufio.Reader {
	t.Helper()
	query := url.Values{"query": {`{"_": "$key"}`}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+id+"/v1/watch?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := clients.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	lines := bufio.NewReader(response.Body)
	nextEvent(t, lines)
	return lines
}

// nextEvent reads to the end of an event.
func nextEvent(t *testing.T, lines *bufio.Reader) {
	t.Helper()
	for line := "first"; line != "\n"; {
		var err error
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
}

func insert(ctx context.Context, clients *http.Client, id, item string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+id+"/v1/state/"+item, bytes.NewReader([]byte("1")))
	if err != nil {
		return err
	}
	response, err := clients.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return errors.New(response.Status)
	}
	return nil
}

func TestAKilledNodeResetsItsConnections(t *testing.T) {
	inFleet(t, func(t *testing.T, f *fleet, clients *http.Client) {
		events := watchOn(t, clients, "a")
		if err := f.Kill("a"); err != nil || f.Running("a") {
			t.Fatalf("running %v, %v", f.Running("a"), err)
		}
		if _, err := events.ReadString('\n'); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the watch ends with %v", err)
		}
		err := insert(t.Context(), clients, "a", "x")
		if opening, ok := errors.AsType[*net.OpError](err); !ok || opening.Op != "dial" || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a request ends with %v", err)
		}
		if err := f.Start("a"); err != nil || !f.Running("a") {
			t.Errorf("running %v, %v", f.Running("a"), err)
		}
		if err := insert(t.Context(), clients, "a", "x"); err != nil {
			t.Errorf("after its start: %v", err)
		}
		if crashes := f.Crashes(); len(crashes) > 0 {
			t.Errorf("a kill is no crash: %v", crashes)
		}
	})
}

func TestAPausedNodeStandsStill(t *testing.T) {
	inFleet(t, func(t *testing.T, f *fleet, clients *http.Client) {
		events := watchOn(t, clients, "a")
		if err := f.Pause("a"); err != nil || f.Running("a") {
			t.Fatalf("running %v, %v", f.Running("a"), err)
		}
		began := time.Now()
		time.AfterFunc(10*time.Second, func() { _ = f.Resume("a") })
		if err := insert(t.Context(), clients, "b", "x"); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("the others: %v after %v", err, time.Since(began))
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := insert(short, clients, "a", "y"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a request to the paused node ends with %v", err)
		}
		nextEvent(t, events)
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("the watch goes on after %v", took)
		}
		if err := insert(t.Context(), clients, "a", "z"); err != nil || !f.Running("a") {
			t.Errorf("when it is resumed: %v, running %v", err, f.Running("a"))
		}
	})
}

func TestAPausedNodeCanBeKilled(t *testing.T) {
	inFleet(t, func(t *testing.T, f *fleet, clients *http.Client) {
		for _, change := range []func(string) error{f.Pause, f.Kill, f.Resume, f.Pause, f.Start} {
			if err := change("a"); err != nil {
				t.Fatal(err)
			}
		}
		if err := insert(t.Context(), clients, "a", "x"); err != nil || !f.Running("a") {
			t.Errorf("%v, running %v", err, f.Running("a"))
		}
	})
}

func TestANodeThatDoesNotOpenHasCrashed(t *testing.T) {
	inFleet(t, func(t *testing.T, f *fleet, _ *http.Client) {
		if err := f.Kill("a"); err != nil {
			t.Fatal(err)
		}
		f.folders = map[string]string{"a": os.Args[0]}
		if err := f.Start("a"); err != nil || f.Running("a") {
			t.Errorf("running %v, %v", f.Running("a"), err)
		}
		if crashes := f.Crashes(); len(crashes) != 1 || crashes[0].Node != "a" || !strings.Contains(crashes[0].Status, os.Args[0]) {
			t.Errorf("crashes %v", crashes)
		}
	})
}

// TestLinks measures how long it takes until what one node has sent reaches
// another, over each kind of link.
func TestLinks(t *testing.T) {
	for _, test := range []struct {
		name        string
		link        nemesis.Link
		least, most time.Duration
	}{
		{"sound", nemesis.Link{}, 0, 3 * time.Millisecond},
		{"delayed", nemesis.Link{Delay: time.Second}, time.Second, time.Second + 3*time.Millisecond},
		{"with jitter", nemesis.Link{Jitter: time.Second}, 10 * time.Millisecond, time.Second},
		{"with losses", nemesis.Link{Loss: 1}, resendTime, time.Hour},
		{"narrow", nemesis.Link{BytesPerSecond: 10}, 10 * time.Second, 10*time.Second + 3*time.Millisecond},
		{"cut for a minute", nemesis.Link{Cut: true}, time.Minute, time.Minute + 3*time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(newWorld(t, shortRun(1), none, nil))
				l, err := newLinks(f)
				if err != nil {
					t.Fatal(err)
				}
				listener, err := f.net.Host("b").Listen(t.Context(), "b:1")
				if err != nil {
					t.Fatal(err)
				}
				defer listener.Close()
				from, err := f.net.Host("a").Dial(t.Context(), "b:1")
				if err != nil {
					t.Fatal(err)
				}
				defer from.Close()
				to, err := listener.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer to.Close()
				if err := l.SetLink("a", "b", test.link); err != nil {
					t.Fatal(err)
				}
				time.AfterFunc(time.Minute, func() { _ = l.SetLink("a", "b", nemesis.Link{}) })
				began := time.Now()
				if _, err := from.Write(make([]byte, 100)); err != nil {
					t.Fatal(err)
				}
				if _, err := to.Read(make([]byte, 100)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("it took %v, want %v to %v", took, test.least, test.most)
				}
				if touched := l.Touched() > 0; touched != (test.link != nemesis.Link{}) {
					t.Errorf("%d messages were touched", l.Touched())
				}
			})
		})
	}
}

func TestLinksRefuseWhatConnectionsHide(t *testing.T) {
	l := &links{}
	for _, link := range []nemesis.Link{{Duplicate: 0.1}, {Reorder: 0.1}, {Corrupt: 0.1}} {
		if err := l.SetLink("a", "b", link); !errors.Is(err, errHidden) {
			t.Errorf("%+v: %v", link, err)
		}
	}
}
