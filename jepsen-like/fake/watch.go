package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// change is an item that a revision has made, changed or removed.
type change struct {
	revision uint64
	path     string
	old, now item
	gone     bool
}

// watch is one open watch. Its goroutine ends with the request, or with the node.
type watch struct {
	cluster *Cluster
	node    string
	// life and ended are those of the node when the watch was opened.
	life  int
	ended <-chan struct{}
	ctx   context.Context
	out   *io.PipeWriter
	// every, changes and delta are the parameters of the contract; progress is how
	// long the stream may be silent.
	every, changes, delta bool
	progress              time.Duration
	view                  view
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
		every: strict || query.Get("every") == "true", changes: query.Get("changes") == "true", delta: query.Get("delta") == "true",
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
		changes, news := w.cluster.changesSince(w.view.revision)
		if err := w.tell(changes, false); err != nil {
			return err
		}
		silent := time.NewTimer(w.progress)
		select {
		case <-news:
		case <-silent.C:
			if err := w.send("progress", map[string]any{"revision": w.view.revision}); err != nil {
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
	w.view.revision = at
	w.told, w.bare = w.view.result(), false
	if err := w.tell(all[seen:], true); err != nil {
		return err
	}
	return nil
}

// tell tells of changes, by their revisions. The last event before all is told is
// synced if that is asked for.
func (w *watch) tell(changes []change, sync bool) error {
	synced := false
	for len(changes) > 0 {
		n := len(changes)
		for w.every && n > 1 && changes[n-1].revision != changes[0].revision {
			n--
		}
		now := changes[:n]
		changes = changes[n:]
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
		return w.send("synced", map[string]any{"revision": w.view.revision, "synced": true})
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

// event tells a result.
func (w *watch) event(changes []change, synced bool) error {
	w.made++
	data := map[string]any{"revision": w.view.revision, "exists": w.view.exists()}
	if w.delta && !w.bare {
		data["patch"] = []any{}
	} else {
		w.told = w.view.result()
		data["result"] = json.RawMessage(w.told)
	}
	w.bare = false
	if synced {
		data["synced"] = true
	}
	if w.changes {
		data["changes"] = changesOf(changes)
	}
	if w.cluster.bug == WatchGap && w.every && w.made%nowAndThen == 0 {
		return nil
	}
	return w.send("", data)
}

// changesOf returns changes in the form of the contract.
func changesOf(changes []change) (list []map[string]any) {
	for _, c := range changes {
		part := map[string]any{"path": strings.ReplaceAll(c.path, "/", ".")}
		if c.old.created > 0 {
			part["old"] = c.old.value()
		}
		if !c.gone {
			part["new"] = c.now.value()
		}
		list = append(list, part)
	}
	return list
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
	_, err = fmt.Fprintf(w.out, "%sid: %d\ndata: %s\n\n", name, w.view.revision, text)
	return err
}

// changesSince returns the changes after a revision, and a channel that is closed
// when there is another one.
func (c *Cluster) changesSince(revision uint64) ([]change, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.mu.tree.log
	at := len(log)
	for at > 0 && log[at-1].revision > revision {
		at--
	}
	return log[at:len(log):len(log)], c.mu.news
}

func (c *Cluster) revision() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.tree.revision
}

// view is what a query sees: one item, the items of a collection, or all.
type view struct {
	path     string
	count    bool
	field    string
	items    map[string]item
	revision uint64
	// begun says that the collection is there, be it empty.
	begun bool
}

// newView reads the parameters of a query. Of the forms of the contract those are
// known that the workloads use.
func newView(query url.Values) view {
	v := view{path: slashed(query.Get("path")), items: map[string]item{}}
	var form struct {
		Children json.RawMessage            `json:"_"`
		Where    map[string]json.RawMessage `json:"where"`
	}
	// What is no object is a query of the whole.
	_ = json.Unmarshal([]byte(query.Get("query")), &form)
	v.count = string(form.Children) == `"$count"`
	for field := range form.Where {
		v.field = field
	}
	return v
}

func (v *view) isRoot() bool { return v.path == "" }

// follow takes changes into account, and reports whether any is in the view.
func (v *view) follow(changes []change) (touched bool) {
	for _, c := range changes {
		v.revision = c.revision
		if v.isRoot() || c.path == v.path || strings.HasPrefix(c.path, v.path+"/") {
			v.begun, touched = true, true
			v.items[c.path] = c.now
			if c.gone {
				delete(v.items, c.path)
			}
		}
	}
	return touched
}

func (v *view) isItem() bool { return strings.Contains(v.path, "/") }

func (v *view) exists() bool {
	if v.isItem() {
		return len(v.items) > 0
	}
	return v.isRoot() || v.begun
}

// result returns the JSON of the result.
func (v *view) result() []byte {
	text, err := json.Marshal(v.value())
	if err != nil {
		panic(err) // numbers in maps have a form
	}
	return text
}

func (v *view) value() any {
	switch {
	case !v.exists():
		return nil
	case v.isRoot():
		return tree{items: v.items}.nested()
	case v.isItem():
		return v.items[v.path].value()
	case v.count:
		return len(v.items)
	}
	members := map[string]any{}
	for path, member := range v.items {
		if v.field == "" || v.field == member.field {
			members[strings.TrimPrefix(path, v.path+"/")] = member.value()
		}
	}
	return members
}
