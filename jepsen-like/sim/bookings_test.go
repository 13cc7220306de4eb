package sim

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"example.com/gstate/tree"
)

func TestRoomsAreNotOverbooked(t *testing.T) {
	holds(t, "bookings")
}

// Rooms are so few, and have so few places, that the last one is always wanted by
// several at once.
const (
	rooms  = 3
	places = 2
)

// bookings is the workload of transactions that decide by what is not there: a
// guest takes a place where the list of guests is short enough, and each under a
// key of its own. Of two that see the same list, nothing but the list is changed
// by the other.
type bookings struct {
	mu           sync.Mutex
	guests, done int
	findings     []string
}

func roomPath(room int) tree.Path { return tree.Path{"rooms", fmt.Sprint(room)} }

func (b *bookings) step(c *client, n node) {
	room := c.random.IntN(rooms)
	ctx, cancel := c.patience()
	defer cancel()
	if c.random.IntN(4) == 0 {
		b.look(ctx, c, n)
		return
	}
	guest, byQuery := b.next(), c.random.IntN(2) == 0
	_, err := n.Transact(ctx, func(v view) error { return book(v, room, guest, byQuery) })
	if err == nil {
		b.made()
	} else if !expected(err) {
		c.find("a booking ends with %v", err)
	}
}

// book takes a place in the room for a guest, or lets another one leave if there
// is none.
func book(v view, room int, guest string, byQuery bool) error {
	path := roomPath(room)
	there := v.Keys(path, byQuery)
	if len(there) < places {
		return v.Insert(path.Child(guest))
	}
	return v.Remove(path.Child(there[0]))
}

func (b *bookings) next() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.guests++
	return fmt.Sprint("guest", b.guests)
}

func (b *bookings) made() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
}

// look counts the guests of all rooms.
func (b *bookings) look(ctx context.Context, c *client, n node) {
	state, err := n.Read(ctx)
	if err != nil {
		if !expected(err) {
			c.find("a read ends with %v", err)
		}
		return
	}
	b.count(c.home, state)
}

func (b *bookings) count(on string, state *tree.Tree) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	for room := range rooms {
		if item, _ := state.Get(roomPath(room)); item.Len() > places {
			b.findings = append(b.findings, fmt.Sprintf("on %s, room %d has %d guests at revision %d, and %d places", on, room, item.Len(), state.Revision(), places))
		}
	}
}

func (b *bookings) readBack(c *client, n node) { b.count(c.home, n.Tree()) }

func (b *bookings) judge() (findings []string, done int) { return b.findings, b.done }
