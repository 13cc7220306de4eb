package main

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"
)

// liveTick is the time between two drawings when nothing changes: the view says
// how long that has been, and a terminal may have got another size.
const liveTick = time.Second

// live shows results in place on a terminal. One goroutine at a time may use it.
type live struct {
	nodes  *client
	screen *screen
	view   liveView
	// count ends the watch after so many results; zero means never.
	count uint64
}

// arrival is what a watch has yielded.
type arrival struct {
	event answer
	err   error
}

// follow shows results until the watch ends, and leaves the last one on the
// terminal. That the user interrupts it is how a watch ends well.
func (l *live) follow(ctx context.Context, query url.Values) error {
	var feeding sync.WaitGroup
	defer feeding.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	arrivals := make(chan arrival)
	feeding.Go(func() {
		defer close(arrivals)
		l.feed(ctx, query, arrivals)
	})
	defer l.screen.end()
	if err := l.screen.begin(); err != nil {
		return err
	}
	if err := l.show(arrivals); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// feed passes on what the watch yields, until it ends or ctx does.
func (l *live) feed(ctx context.Context, query url.Values, arrivals chan<- arrival) {
	for event, err := range l.nodes.watch(ctx, query) {
		select {
		case arrivals <- arrival{event, err}:
		case <-ctx.Done():
			return
		}
	}
}

// show draws what arrives, and time as it passes, until there have been count
// results or no more arrive.
func (l *live) show(arrivals <-chan arrival) error {
	ticks := time.NewTicker(liveTick)
	defer ticks.Stop()
	for shown := uint64(0); ; {
		l.view.node = l.nodes.streamsFrom()
		if err := l.screen.draw(&l.view, time.Now()); err != nil || (shown > 0 && shown == l.count) {
			return err
		}
		select {
		case <-ticks.C:
		case came, more := <-arrivals:
			if !more || came.err != nil {
				return came.err
			}
			l.view.update(came.event, time.Now())
			shown++
		}
	}
}
