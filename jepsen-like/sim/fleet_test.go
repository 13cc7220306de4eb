package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/jepsen-like/files"
	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/nodes"
	disks "example.com/gstate/jepsen-like/overlay/disk"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// clientsHost is where all clients are.
const clientsHost = "clients"

// fleet is a world as the harness sees it: nodes that are started, killed and
// paused, and that serve HTTP. It is a harness.Cluster.
//
// Clients reach the nodes through the same network as the nodes reach each
// other, with the HTTP server and client that real processes have. So a killed
// node resets its connections, and one that is paused leaves them open.
type fleet struct {
	*world
	// plant puts a bug into a node as its clients see it.
	plant func(*cluster.Node) web.Node
	// stores are the disks beneath the nodes' folders; nil when they store in
	// memory.
	stores map[string]*disks.Disk
	// clocks are those of the nodes, unless noClocks says why all have one.
	clocks   map[string]*skew.Clock
	noClocks error
	// originals are the files of nodes as they were before they were damaged.
	originals map[string]files.Contents
	// serving counts the goroutines of all nodes.
	serving sync.WaitGroup
	fate    struct {
		sync.Mutex
		servers map[string]*http.Server
		paused  map[string]bool
		starts  map[string]int
		crashes []nodes.Crash
		// disks are what the disks behave like. Nodes that have an excuse may end by
		// themselves, and gaveUp counts those that did.
		disks   map[string]nemesis.Disk
		excuses map[string]nodes.Excuse
		gaveUp  uint64
	}
}

// newFleet returns the nodes of a world, which are down.
func newFleet(w *world) *fleet {
	f := &fleet{world: w, originals: map[string]files.Contents{}, plant: func(n *cluster.Node) web.Node { return n }}
	f.fate.servers, f.fate.paused = map[string]*http.Server{}, map[string]bool{}
	f.fate.starts = map[string]int{}
	f.makeClocks()
	f.fate.disks, f.fate.excuses = map[string]nemesis.Disk{}, map[string]nodes.Excuse{}
	latency := rand.New(rand.NewPCG(w.run.Seed, 5))
	for _, id := range f.IDs() {
		w.net.Delay(clientsHost, id, drawLatency(latency))
		w.net.Delay(id, clientsHost, drawLatency(latency))
	}
	return f
}

// IDs returns the ids of all nodes.
func (f *fleet) IDs() []string {
	var ids []string
	for _, peer := range f.peers {
		ids = append(ids, peer.ID)
	}
	return ids
}

// Addresses returns the base URL of each node, by id.
func (f *fleet) Addresses() map[string]string {
	addresses := map[string]string{}
	for _, id := range f.IDs() {
		addresses[id] = "http://" + id
	}
	return addresses
}

// transport returns what the clients of the fleet send their requests with.
func (f *fleet) transport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return f.net.Host(clientsHost).Dial(ctx, address)
		},
		MaxIdleConnsPerHost: f.run.Clients,
		DisableCompression:  true,
	}
}

// Running reports whether a node runs and is not paused.
func (f *fleet) Running(id string) bool {
	f.fate.Lock()
	defer f.fate.Unlock()
	return f.fate.servers[id] != nil && !f.fate.paused[id]
}

// Starts returns how often a node was started so far.
func (f *fleet) Starts(id string) int {
	f.fate.Lock()
	defer f.fate.Unlock()
	return f.fate.starts[id]
}

// Start starts a node that is down on what it had stored. One that cannot be
// opened has crashed, as its process would.
func (f *fleet) Start(id string) error {
	if f.node(id) != nil {
		return nil
	}
	defer f.enter(id)()
	f.fate.Lock()
	f.fate.excuses[id] = nodes.NewExcuse(f.originals[id] != nil, fails(f.fate.disks[id]))
	f.fate.Unlock()
	node, err := f.open(id)
	if err != nil {
		f.crashed(id, err)
		return nil
	}
	listener, err := f.net.Host(id).Listen(context.Background(), id+":80")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: web.Handler(f.plant(node), web.Config{})}
	f.fate.Lock()
	f.fate.servers[id] = server
	f.fate.starts[id]++
	f.fate.Unlock()
	// Serve returns when the server is closed, and says nothing but that.
	f.serving.Go(func() { _ = server.Serve(listener) })
	f.serving.Go(func() { f.attend(id, node, server) })
	return nil
}

// attend waits for the end of a node, and notes it if nobody has asked for it.
func (f *fleet) attend(id string, node *cluster.Node, server *http.Server) {
	<-node.Done()
	f.fate.Lock()
	alone := f.fate.servers[id] == server
	f.fate.Unlock()
	if alone {
		f.crashed(id, node.Err())
		_ = f.Kill(id)
	}
}

// crashed notes that a node has ended by itself.
func (f *fleet) crashed(id string, err error) {
	f.fate.Lock()
	defer f.fate.Unlock()
	if f.fate.excuses[id].Holds() {
		f.fate.gaveUp++
		return
	}
	f.fate.crashes = append(f.fate.crashes, nodes.Crash{Node: id, Status: fmt.Sprint("stopped by itself: ", err), Log: "none"})
}

// Kill ends a node as the death of its process does.
func (f *fleet) Kill(id string) error {
	server, node := f.release(id)
	if server == nil {
		return nil
	}
	defer f.enter(id)()
	f.net.Crash(id)
	if disk := f.stores[id]; disk != nil {
		disk.Cut()
	}
	err := f.Resume(id)
	_ = server.Close() // its listener is gone, which is what the error says
	node.Close()
	if disk := f.stores[id]; disk != nil {
		_, lost := disk.Restore()
		err = errors.Join(err, lost)
	}
	return err
}

// release returns a node that runs, with its server, and takes both for down from
// now on. It returns nothing when the node is down already.
func (f *fleet) release(id string) (*http.Server, *cluster.Node) {
	f.fate.Lock()
	defer f.fate.Unlock()
	server := f.fate.servers[id]
	if server == nil {
		return nil, nil
	}
	delete(f.fate.servers, id)
	return server, f.take(id)
}

// storeIn lets the nodes store in files beneath a folder, on modelled disks. The
// error is disk.ErrNotBuilt in binaries that have none.
func (f *fleet) storeIn(folder string) error {
	f.stores, f.folders = map[string]*disks.Disk{}, map[string]string{}
	for i, id := range f.IDs() {
		own := filepath.Join(folder, id)
		if err := os.MkdirAll(own, 0o700); err != nil {
			return err
		}
		store, err := disks.Open(own, f.run.Seed*uint64(len(f.peers))+uint64(i))
		if err != nil {
			return err
		}
		spoil(store, nemesis.Disk{})
		f.stores[id], f.folders[id] = store, own
	}
	return nil
}

// CanPause returns nil.
func (f *fleet) CanPause() error { return nil }

// Pause lets nothing come to a node and nothing from it, until Resume. Its
// connections stay.
func (f *fleet) Pause(id string) error {
	if !f.Running(id) {
		return nil
	}
	f.pause(id, true, f.net.Hold)
	return nil
}

// Resume lets a paused node go on: what has come meanwhile arrives.
func (f *fleet) Resume(id string) error {
	f.pause(id, false, f.net.Release)
	return nil
}

func (f *fleet) pause(id string, paused bool, change func(from, to string)) {
	f.fate.Lock()
	defer f.fate.Unlock()
	if f.fate.paused[id] == paused {
		return
	}
	f.fate.paused[id] = paused
	for _, other := range append(f.others(id), clientsHost) {
		change(id, other)
		change(other, id)
	}
}

// Crashes returns the nodes that have ended by themselves.
func (f *fleet) Crashes() []nodes.Crash {
	f.fate.Lock()
	defer f.fate.Unlock()
	return slices.Clone(f.fate.crashes)
}

// close ends all nodes, and waits until nothing of them is left.
func (f *fleet) close() error {
	var problems []error
	for _, id := range f.IDs() {
		problems = append(problems, f.Kill(id))
	}
	f.serving.Wait()
	for _, store := range f.stores {
		problems = append(problems, store.Close())
	}
	return errors.Join(problems...)
}
