package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// watch is one open watch. Its goroutine ends with the request, or with the node.
type watch struct {
	cluster *Cluster
	node    string
	// life and ended are those of the node when the watch was opened.
	life  int
	ended <-chan struct{}
	ctx   context.Context
	out   *io.PipeWriter
	// every, changes and onlyChanges are the parameters of the contract; progress is how
	// long the stream may be silent.
	every, changes, onlyChanges bool
	progress                    time.Duration
	view                        view
	// told is the JSON of the last result, bare whether one was told at all.
	told []byte
	bare bool
	// made counts the events, for the bugs that come now and then.
	made int
}

// openWatch answers with a stream of events.
func (c *Cluster) openWatch(request *http.Request, id string) (*http.Response, error) {
	query := request.URL.Query()
	progress, err := duration(query.Get("progress"))
	if err != nil {
		return nil, err
	}
	reader, writer := io.Pipe()
	strict := query.Get("end-when-slow") == "true"
	w := &watch{
		cluster: c, node: id, ctx: request.Context(), out: writer, bare: true, progress: progress,
		every: strict || query.Get("every") == "true", changes: query.Get("changes") == "true", onlyChanges: query.Get("only-changes") == "true",
		view: newView(query),
	}
	since, err := seenBy(request)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	w.life, w.ended = c.mu.nodes[id].kills, c.mu.nodes[id].ended
	c.mu.Unlock()
	go func() { writer.CloseWithError(w.run(since)) }()
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: reader, Request: request,
	}, nil
}

// seenBy returns the revision that a watch goes on from, 0 for none.
func seenBy(request *http.Request) (uint64, error) {
	text := request.Header.Get("Last-Event-ID")
	if text == "" {
		return 0, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

// run tells what there is, and then what comes.
func (w *watch) run(since uint64) error {
	if err := w.begin(since); err != nil {
		return err
	}
	for {
		changes, news := w.cluster.changesSince(w.view.tree.Revision)
		if err := w.tell(changes, false); err != nil {
			return err
		}
		silent := time.NewTimer(w.progress)
		select {
		case <-news:
		case <-silent.C:
			if err := w.send("progress", map[string]any{"revision": w.view.tree.Revision}); err != nil {
				return err
			}
		case <-w.ended:
			return errReset
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
		silent.Stop()
		if err := w.cluster.awaitResume(w.ctx, w.node); err != nil {
			return err
		}
	}
}

// begin tells the present result, or what has changed since a revision.
func (w *watch) begin(since uint64) error {
	all, _ := w.cluster.changesSince(0)
	if since == 0 {
		w.view.follow(all)
		return w.event(nil, true)
	}
	at := since
	switch w.cluster.bug {
	case WatchTwice:
		at--
	case WatchForgets:
		at = w.cluster.revision()
	}
	seen := 0
	for seen < len(all) && all[seen].revision <= at {
		seen++
	}
	w.view.follow(all[:seen])
	w.view.tree.Revision = at
	w.told, w.bare = w.view.result(), false
	if err := w.tell(all[seen:], true); err != nil {
		return err
	}
	return nil
}

// tell tells of changes: of each revision, or of the last of them alone. The last
// event before all is told is synced if that is asked for.
func (w *watch) tell(changes []change, sync bool) error {
	synced := false
	for len(changes) > 0 {
		now := changes
		if w.every {
			now = changes[:1]
		}
		changes = changes[len(now):]
		touched := w.view.follow(now)
		if (!touched || w.same()) && !w.unrelated() {
			continue
		}
		synced = sync && len(changes) == 0
		if err := w.event(now, synced); err != nil {
			return err
		}
	}
	if sync && !synced {
		return w.send("synced", map[string]any{"revision": w.view.tree.Revision, "synced": true})
	}
	return nil
}

// same reports whether the result is the one that was told last. All that there is
// changes with each revision.
func (w *watch) same() bool {
	return !w.view.isRoot() && !w.bare && bytes.Equal(w.told, w.view.result())
}

// unrelated is a bug: now and then what has not changed is told.
func (w *watch) unrelated() bool {
	w.made++
	return w.cluster.bug == WatchUnrelated && w.made%nowAndThen == 0
}

// event tells a result, and what has led to it.
func (w *watch) event(changes []change, synced bool) error {
	w.made++
	data := map[string]any{"revision": w.view.tree.Revision, "exists": w.view.exists()}
	if !w.onlyChanges || w.bare {
		w.told = w.view.result()
		data["result"] = json.RawMessage(w.told)
	}
	w.bare = false
	if synced {
		data["synced"] = true
	}
	if w.changes || w.onlyChanges {
		data["changes"], data["reasons"] = w.parts(changes)
	}
	if w.hides() {
		return nil
	}
	return w.send("", data)
}

// parts returns what the changes consist of, and their reasons.
func (w *watch) parts(changes []change) (parts []history.Change, reasons []string) {
	for _, c := range changes {
		parts = append(parts, c.parts...)
		reasons = append(reasons, c.reasons...)
	}
	if w.isFaultyFeed(ForkedFeed) && len(parts) > 0 {
		parts = []history.Change{{Path: "forked", New: json.RawMessage("1")}}
	}
	return parts, reasons
}

// hides reports whether a bug leaves out this event.
func (w *watch) hides() bool {
	return w.isFaultyFeed(SkippingFeed) ||
		w.cluster.bug == WatchGap && w.every && !w.view.isRoot() && w.made%nowAndThen == 0
}

// isFaultyFeed reports whether a bug hits this event of the change feed of a node.
func (w *watch) isFaultyFeed(bug Bug) bool {
	return w.cluster.bug == bug && w.view.isRoot() && w.node == w.cluster.ids[0] && w.made%nowAndThen == 0
}

// send writes one event.
func (w *watch) send(name string, data map[string]any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if name != "" {
		name = "event: " + name + "\n"
	}
	_, err = fmt.Fprintf(w.out, "%sid: %d\ndata: %s\n\n", name, w.view.tree.Revision, text)
	return err
}

// changesSince returns the changes after a revision, and a channel that is closed
// when there is another one.
func (c *Cluster) changesSince(revision uint64) ([]change, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.mu.log
	at := len(log)
	for at > 0 && log[at-1].revision > revision {
		at--
	}
	return log[at:len(log):len(log)], c.mu.news
}

func (c *Cluster) revision() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.tree.Revision
}
