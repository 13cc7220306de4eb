package network

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// proxies carries what one node sends to another through this process, for each
// pair of nodes at an address of its own: so it knows who dials. The two directions
// of a connection are those of two lines.
type proxies struct {
	*lines
	places map[string]Place
	doors  []net.Listener
	// ctx ends when the proxies are closed.
	ctx context.Context
	end context.CancelFunc
	// running waits for the goroutines: one for each door, and five for each
	// connection.
	running sync.WaitGroup
	// changed is closed and replaced when a line is given another behaviour.
	// Guarded by lines.mu.
	changed chan struct{}
}

// openProxies opens a door for each pair of nodes.
func openProxies(ids []string, seed uint64) (Network, error) {
	direct, err := openPlain(ids)
	if err != nil {
		return nil, err
	}
	p := &proxies{lines: newLines(ids, seed), places: map[string]Place{}, changed: make(chan struct{})}
	p.ctx, p.end = context.WithCancel(context.Background())
	for _, from := range ids {
		place := direct.Place(from)
		place.Peers = maps.Clone(place.Peers)
		for _, to := range ids {
			if from == to {
				continue
			}
			if place.Peers[to], err = p.open(route{from, to}, place.Peers[to]); err != nil {
				return nil, errors.Join(err, p.Close())
			}
		}
		p.places[from] = place
	}
	return p, nil
}

// open opens a door to a node for another one, and returns its address.
func (p *proxies) open(r route, target string) (string, error) {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	p.doors = append(p.doors, door)
	p.running.Go(func() {
		for {
			near, err := door.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.connect(r, near, target) })
		}
	})
	return door.Addr().String(), nil
}

// connect carries one connection until either end closes it. A node that cannot
// be reached is reported by the end of the connection, and one that is cut off
// by silence.
func (p *proxies) connect(r route, near net.Conn, target string) {
	defer near.Close()
	ctx, end := context.WithCancel(p.ctx)
	defer end()
	back := route{r.to, r.from}
	if !p.pass(ctx, r) || !p.pass(ctx, back) {
		return
	}
	far, err := new(net.Dialer).DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	// What is blocked in a read or a write returns when one direction has ended.
	stop := context.AfterFunc(ctx, func() { _, _ = near.Close(), far.Close() })
	defer stop()
	var ways sync.WaitGroup
	for _, s := range []stream{
		{p, r, near, far, make(chan chunk, chunksUnderWay), ctx, end},
		{p, back, far, near, make(chan chunk, chunksUnderWay), ctx, end},
	} {
		ways.Go(s.read)
		ways.Go(s.write)
	}
	ways.Wait()
}

// pass waits while a direction is cut. It reports whether ctx goes on.
func (p *proxies) pass(ctx context.Context, r route) bool {
	for waited := false; ; waited = true {
		p.mu.Lock()
		cut, changed := p.all[r].link.Cut, p.changed
		p.note(cut && !waited)
		p.mu.Unlock()
		if !cut {
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// send decides what becomes of something that is sent now.
func (p *proxies) send(r route, bytes []byte) chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.all[r]
	reset, jitter := l.happens(l.link.Reset), l.random.Float64()
	p.note(reset || l.slow())
	l.latest = l.arrive(time.Now(), len(bytes), jitter)
	return chunk{bytes: bytes, at: l.latest, reset: reset, changed: p.changed}
}

// Supports returns nil for what can be done to a stream whose bytes all arrive.
func (p *proxies) Supports(link nemesis.Link) error {
	if link.Loss > 0 || link.Duplicate > 0 || link.Reorder > 0 || link.Corrupt > 0 {
		return fmt.Errorf("%w: proxies carry streams, not packets: %v", ErrUnsupported, link)
	}
	return nil
}

// SetLink implements nemesis.Links.
func (p *proxies) SetLink(from, to string, link nemesis.Link) error {
	if err := p.Supports(link); err != nil {
		return err
	}
	if err := p.lines.SetLink(from, to, link); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
	return nil
}

// Place implements Network.
func (p *proxies) Place(id string) Place { return p.places[id] }

// Enter implements Network: all processes of this machine are there.
func (p *proxies) Enter(_ string, start func() error) error { return start() }

// Dial implements Network: the harness goes past the proxies.
func (p *proxies) Dial(dial Dial) Dial { return dial }

// Close implements Network.
func (p *proxies) Close() error {
	p.end()
	var problems []error
	for _, door := range p.doors {
		problems = append(problems, door.Close())
	}
	p.running.Wait()
	return errors.Join(problems...)
}
