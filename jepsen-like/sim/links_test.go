package sim

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/overlay/skew"
	"example.com/gstate/transport/memnet"
)

// errHidden is why links of a simulation have not all faults.
var errHidden = errors.New("simulated nodes are joined by connections, which show no doubled, reordered or damaged packets, and are not reset by chance")

const (
	// resendTime is how long a lost packet is not missed, as in TCP at least. If
	// it is lost again, it takes twice as long.
	resendTime = 200 * time.Millisecond
	// mostResends lets what is lost again and again arrive at last.
	mostResends = 6
)

// links are the network between simulated nodes, as faults see it. It is a
// nemesis.Links.
type links struct {
	net *memnet.Network
	ids []string
	// sound has the latency of each link when nothing is wrong with it.
	sound map[[2]string]time.Duration
	// random is used with the lock of the network held.
	random  *rand.Rand
	touched atomic.Uint64
}

// newLinks returns the network of a fleet, and makes all links sound.
func newLinks(f *fleet) (*links, error) {
	l := &links{
		net: f.net, ids: f.IDs(), sound: map[[2]string]time.Duration{},
		random: rand.New(rand.NewPCG(f.run.Seed, 6)),
	}
	for _, from := range l.ids {
		for _, to := range f.others(from) {
			l.sound[[2]string{from, to}] = drawLatency(l.random)
			if err := l.SetLink(from, to, nemesis.Link{}); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// IDs returns the ids of all nodes.
func (l *links) IDs() []string { return l.ids }

// Supports returns nil, or that connections hide such faults.
func (l *links) Supports(link nemesis.Link) error {
	if link.Duplicate > 0 || link.Reorder > 0 || link.Corrupt > 0 || link.Reset > 0 {
		return errHidden
	}
	return nil
}

// SetLink gives the way from one node to another this behaviour. What is lost
// comes late, since it is sent again; what is cut comes when the cut is over.
func (l *links) SetLink(from, to string, link nemesis.Link) error {
	if err := l.Supports(link); err != nil {
		return err
	}
	l.net.Latency(from, to, l.latency(l.sound[[2]string{from, to}], link))
	if link.Cut {
		l.net.Cut(from, to)
	} else {
		l.net.Heal(from, to)
	}
	return nil
}

// Touched returns how many messages faults have held up so far.
func (l *links) Touched() uint64 { return l.touched.Load() }

// latency returns how long what is sent on a link is under way.
func (l *links) latency(sound time.Duration, link nemesis.Link) func(size int) time.Duration {
	if link == (nemesis.Link{}) {
		return func(int) time.Duration { return sound }
	}
	var free time.Time // when the line has sent all before
	return func(size int) time.Duration {
		l.touched.Add(1)
		late := sound + link.Delay + time.Duration(float64(link.Jitter)*l.random.Float64())
		for try := 0; try < mostResends && link.Loss > 0 && l.random.Float64() < link.Loss; try++ {
			late += resendTime << try
		}
		if link.BytesPerSecond > 0 {
			now := skew.SystemNow()
			if free.Before(now) {
				free = now
			}
			free = free.Add(time.Duration(size) * time.Second / time.Duration(link.BytesPerSecond))
			late += free.Sub(now)
		}
		return late
	}
}
