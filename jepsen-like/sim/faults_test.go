package sim

import (
	"errors"
	"fmt"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// ownFaults are those that only simulated nodes can have, or that need virtual
// time to hit their moment.
func ownFaults(f *fleet, l *links) []nemesis.Nemesis {
	return []nemesis.Nemesis{&blackout{fleet: f}, &lostReplies{links: l}, &deception{links: l}}
}

// blackout ends all nodes at once, and starts them again.
type blackout struct {
	fleet *fleet
	// ended is how many nodes ran.
	ended int
}

func (b *blackout) Name() string       { return "blackout" }
func (b *blackout) Kind() nemesis.Kind { return nemesis.Node }
func (b *blackout) Available() error   { return nil }

func (b *blackout) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 8, period / 2
}

func (b *blackout) Start(nemesis.Target) (string, error) {
	b.ended = 0
	var problems []error
	for _, id := range b.fleet.IDs() {
		if b.fleet.Running(id) {
			b.ended++
		}
		problems = append(problems, b.fleet.Kill(id))
	}
	return "", errors.Join(problems...)
}

func (b *blackout) Stop(nemesis.Target) (string, error) {
	return fmt.Sprintf("%d nodes ended", b.ended), b.Heal()
}

func (b *blackout) Heal() error {
	var problems []error
	for _, id := range b.fleet.IDs() {
		problems = append(problems, b.fleet.Start(id))
	}
	return errors.Join(problems...)
}

// lostReplies lets what others send to a node arrive, and its answers never:
// they are kept back until the connections break. So the others must send again
// what was done already.
type lostReplies struct {
	links *links
	// before is what faults had touched when this one began.
	before uint64
}

func (r *lostReplies) Name() string       { return "lost-replies" }
func (r *lostReplies) Kind() nemesis.Kind { return nemesis.Network }
func (r *lostReplies) Available() error   { return nil }

func (r *lostReplies) Lasts(period time.Duration) (least, most time.Duration) {
	return 10 * time.Millisecond, period / 2
}

func (r *lostReplies) Start(target nemesis.Target) (string, error) {
	r.before = r.links.Touched()
	return "", r.links.setFrom(target.Node, nemesis.Link{Cut: true})
}

func (r *lostReplies) Stop(target nemesis.Target) (string, error) {
	for _, other := range r.links.others(target.Node) {
		r.links.net.Reset(target.Node, other)
	}
	return touchedSince(r.links, r.before, "lost"), r.links.setFrom(target.Node, nemesis.Link{})
}

func (r *lostReplies) Heal() error { return r.links.healAll() }

// deception makes a leader believe that it leads after it has been replaced.
// What it hears comes later and later, so slowly that its lease never runs out;
// then it is cut off from the others, and goes on hearing of how they followed
// it. A read that trusts in the lease is stale now.
type deception struct {
	links  *links
	before uint64
}

func (d *deception) Name() string       { return "deception" }
func (d *deception) Kind() nemesis.Kind { return nemesis.Network }
func (d *deception) Available() error   { return nil }

func (d *deception) Lasts(time.Duration) (least, most time.Duration) {
	return 2 * heartbeat, 6 * heartbeat
}

func (d *deception) Start(target nemesis.Target) (string, error) {
	d.before = d.links.Touched()
	const step = heartbeat / 6
	for late := step; late < 2*heartbeat; late += step {
		if err := d.links.setTo(target.Node, nemesis.Link{Delay: late}); err != nil {
			return "", err
		}
		time.Sleep(step)
	}
	return "", d.links.setFrom(target.Node, nemesis.Link{Cut: true})
}

func (d *deception) Stop(target nemesis.Target) (string, error) {
	err := errors.Join(d.links.setTo(target.Node, nemesis.Link{}), d.links.setFrom(target.Node, nemesis.Link{}))
	return touchedSince(d.links, d.before, "held up"), err
}

func (d *deception) Heal() error { return d.links.healAll() }

// touchedSince says how many messages were touched since then, and nothing if
// there were none.
func touchedSince(l *links, before uint64, how string) string {
	if n := l.Touched() - before; n > 0 {
		return fmt.Sprintf("%d messages %s", n, how)
	}
	return ""
}

func (l *links) others(id string) []string {
	var others []string
	for _, other := range l.ids {
		if other != id {
			others = append(others, other)
		}
	}
	return others
}

// setFrom sets all links from a node, and setTo all links to it.
func (l *links) setFrom(id string, link nemesis.Link) error {
	var problems []error
	for _, other := range l.others(id) {
		problems = append(problems, l.SetLink(id, other, link))
	}
	return errors.Join(problems...)
}

func (l *links) setTo(id string, link nemesis.Link) error {
	var problems []error
	for _, other := range l.others(id) {
		problems = append(problems, l.SetLink(other, id, link))
	}
	return errors.Join(problems...)
}

func (l *links) healAll() error {
	var problems []error
	for _, id := range l.ids {
		problems = append(problems, l.setFrom(id, nemesis.Link{}))
	}
	return errors.Join(problems...)
}
