package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"runtime"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// Node is what the handler asks of the member that it speaks for, a
// *cluster.Node. The methods mean what they mean there, and are called from
// many goroutines at once.
type Node interface {
	// Decide makes one of the two ways of the transaction, or none.
	Decide(ctx context.Context, transaction cluster.Transaction) (cluster.Result, error)
	// Outcome finds out what has become of a write whose outcome was unknown.
	Outcome(ctx context.Context, id cluster.WriteID) (cluster.Result, error)
	// Read returns a tree with every write that was acknowledged before.
	Read(ctx context.Context) (*tree.Tree, error)
	// ReadAt returns this node's tree once it has reached the revision.
	ReadAt(ctx context.Context, revision uint64) (*tree.Tree, error)
	// Watch yields the present result of the query and each changed one. A
	// last event with an error ends it.
	Watch(ctx context.Context, query tree.Query, options ...cluster.WatchOption) iter.Seq2[cluster.Event, error]
	// Status and Members never wait for other members.
	Status() cluster.Status
	Members() []cluster.Member
	// Done is closed when the node has ended, and Err is why it ended by
	// itself, if it did.
	Done() <-chan struct{}
	Err() error
}

var _ Node = (*cluster.Node)(nil)

// How long a request may wait for the cluster.
const (
	// DefaultTimeout bounds a request without a timeout parameter. It outlasts
	// an election on a loaded machine, and ends before a person gives up.
	DefaultTimeout = 10 * time.Second
	// MaxTimeout is the greatest timeout that a request may ask for: proxies
	// commonly cut a silent connection after a minute.
	MaxTimeout = time.Minute
)

// Defaults of Config.
const (
	// DefaultKeepAlive is well below the half minute after which the least
	// patient proxies drop a silent stream.
	DefaultKeepAlive = 15 * time.Second
	// DefaultEventTimeout lets one event of a megabyte through a line of
	// 300 kbit/s. A client that takes longer holds a result in memory.
	DefaultEventTimeout = 30 * time.Second
	// DefaultMaxWatches bounds what watches cost: each evaluates its query
	// again when what the query sees has changed.
	DefaultMaxWatches = 1024
	// DefaultMaxQueryWork is some tenths of a second of one core.
	DefaultMaxQueryWork = 1 << 20
)

// Config adjusts a Handler. Its zero value is valid, and a field that is zero
// or negative means its default.
type Config struct {
	// KeepAlive is the time between the comments that keep a watch stream from
	// looking dead; zero means DefaultKeepAlive. A shorter one finds out
	// sooner that a client is gone without a word.
	KeepAlive time.Duration
	// EventTimeout is how long the client of a watch may take to accept one
	// event or comment before its stream is ended; zero means
	// DefaultEventTimeout.
	EventTimeout time.Duration
	// MaxWatches is the greatest number of watch streams open at a time; the
	// next one is refused as busy. Zero means DefaultMaxWatches.
	MaxWatches int
	// MaxQueryWork is how many items a query may look at, as
	// tree.Query.EvalWithin counts them, and that of a watch when it begins; one
	// that looks at more is too large. Zero means DefaultMaxQueryWork.
	MaxQueryWork int
}

// withDefaults returns the configuration with every field positive.
func (c Config) withDefaults() Config {
	c.KeepAlive = cmp.Or(max(c.KeepAlive, 0), DefaultKeepAlive)
	c.EventTimeout = cmp.Or(max(c.EventTimeout, 0), DefaultEventTimeout)
	c.MaxWatches = cmp.Or(max(c.MaxWatches, 0), DefaultMaxWatches)
	c.MaxQueryWork = cmp.Or(max(c.MaxQueryWork, 0), DefaultMaxQueryWork)
	return c
}

// Handler returns an http.Handler that serves the node. It starts no goroutine
// of its own and needs no closing: its requests end with their clients, their
// timeouts or the node. It is safe for concurrent use.
//
// Its paths start with /v1/, /healthz and /readyz. To have them beneath a
// prefix, wrap it in http.StripPrefix.
func Handler(node Node, cfg Config) http.Handler {
	cfg = cfg.withDefaults()
	return &handler{
		node:    node,
		cfg:     cfg,
		watches: make(chan struct{}, cfg.MaxWatches),
		framing: make(chan struct{}, max(runtime.GOMAXPROCS(0)/2, 1)),
	}
}

// handler is the http.Handler. It has no other state than what watches share.
type handler struct {
	node Node
	cfg  Config
	// watches holds one token for each open watch stream, and its capacity is
	// how many there may be.
	watches chan struct{}
	// framing holds one token for each large event that is being made into a
	// frame, for which there is half of the processors.
	framing chan struct{}
}

// call is one request on its way, with all that its URL says.
type call struct {
	w http.ResponseWriter
	// r's context ends with the connection, and not with the timeout.
	r *http.Request
	options
	// path is that of the item which a /v1/state/ request is about.
	path tree.Path
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := h.serve(w, r); err != nil {
		writeProblem(w, err)
	}
}

// crossOrigin refuses writes that a browser makes for a page of another site.
var crossOrigin = http.NewCrossOriginProtection()

var errCrossOrigin = errors.New("request of another site")

// serve answers the request, or returns why it cannot, having sent nothing.
func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	resource, path, err := locate(r.URL.EscapedPath())
	if err != nil {
		return err
	}
	endpoint, err := resource.endpoint(w.Header(), r.Method)
	if err != nil {
		return err
	}
	// Since a body may call itself a form's, a web page of another site could
	// send one through its visitor's browser.
	if err := crossOrigin.Check(r); err != nil {
		return fmt.Errorf("%w: %w", errCrossOrigin, err)
	}
	options, err := parseOptions(r.URL.RawQuery, endpoint.takes)
	if err != nil {
		return err
	}
	late := fmt.Errorf("no answer within %v: %w", options.timeout, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(r.Context(), options.timeout, late)
	defer cancel()
	return endpoint.serve(h, ctx, &call{w: w, r: r, options: options, path: path})
}
