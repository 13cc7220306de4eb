package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

func TestLocksHaveOneHolder(t *testing.T) {
	holds(t, "locks")
}

const (
	// locksInUse are so few that there are always some who wait.
	locksInUse = 5
	// lockTTL is as short as can be.
	lockTTL = recipe.MinTTL
)

// locks is the workload of locks whose holders write under them: some for a
// short time, some for longer than a lease, and some stand still meanwhile, as
// a paused process does, and go on as if nothing had happened.
type locks struct {
	mu sync.Mutex
	// holds are those that each lock has had, in the order in which they were
	// granted.
	holds  [locksInUse][]*hold
	writes []*guarded
	// end is the tree when all was over.
	end *tree.Tree
}

// hold is one lock that somebody has been granted.
type hold struct {
	*recipe.Held
	lock int
	by   int
	at   time.Duration
	// revision is that of the holder's tree then: what was held before is gone
	// in it.
	revision uint64
}

// guarded is one write under a lock.
type guarded struct {
	number int
	hold   *hold
	result result
	// revision is the one that its answer named.
	revision uint64
	// late says that when it was called another had the lock, and that somebody
	// had been told so.
	late bool
}

func lockPath(lock int) tree.Path { return tree.Path{"locks", fmt.Sprint("l", lock)} }

func (w *guarded) path() tree.Path { return tree.Path{"guarded", fmt.Sprint(w.number)} }

// String returns the hold as text, such as "token 7 of client 3 at 1.2s".
func (h *hold) String() string {
	return fmt.Sprintf("token %d of client %d at %v", h.Token(), h.by, h.at)
}

func (l *locks) step(c *client, n node) {
	lock := c.random.IntN(locksInUse)
	gate := &gate{Node: n.Recipes()}
	mutex, err := recipe.NewMutex(gate, lockPath(lock), lockTTL)
	if err != nil {
		c.find("no lock: %v", err)
		return
	}
	take := mutex.Lock
	if c.random.IntN(4) == 0 {
		take = mutex.TryLock
	}
	ctx, cancel := c.patience()
	defer cancel()
	held, err := take(ctx)
	if err != nil {
		if !expected(err) && !errors.Is(err, recipe.ErrLocked) {
			c.find("a lock ends with %v", err)
		}
		return
	}
	l.use(c, n, gate, l.granted(c, n, lock, held))
}

// use works under a lock, and gives it back.
func (l *locks) use(c *client, n node, gate *gate, h *hold) {
	switch c.random.IntN(10) {
	case 0, 1, 2, 3:
		l.pause(c, n, gate, h)
	case 4:
		l.work(c, n, h, lockTTL+time.Duration(c.random.IntN(1000))*time.Millisecond)
	default:
		l.work(c, n, h, time.Duration(c.random.IntN(100))*time.Millisecond)
	}
	l.unlock(c, h)
}

// granted notes that a lock was granted, and that all who have had it before
// know that they have it no more.
func (l *locks) granted(c *client, n node, lock int, held *recipe.Held) *hold {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &hold{held, lock, c.process, c.clock(), n.Tree().Revision()}
	for _, before := range l.holds[lock] {
		if !before.ended() {
			c.find("lock %d has two holders: %v, and %v", lock, before, h)
		}
	}
	l.holds[lock] = append(l.holds[lock], h)
	return h
}

// ended reports whether the holder was told that it is none any more.
func (h *hold) ended() bool {
	select {
	case <-h.Context().Done():
		return true
	default:
		return false
	}
}

// work makes writes for a time, as long as the lock is held.
func (l *locks) work(c *client, n node, h *hold, lasts time.Duration) {
	for end := c.clock() + lasts; c.clock() < end && !h.ended(); {
		l.try(c, n, h)
		time.Sleep(time.Duration(c.random.IntN(1 + int(lasts)/3)))
	}
}

// pauseMax is for how long a process stands still, unless another has got its
// lock before.
const pauseMax = 4 * time.Second

// pause stands still until another has the lock, and then makes a write under
// it, since it does not look at the context.
func (l *locks) pause(c *client, n node, gate *gate, h *hold) {
	gate.close()
	for end := c.clock() + pauseMax; c.clock() < end && !l.superseded(h); {
		time.Sleep(time.Duration(1+c.random.IntN(50)) * time.Millisecond)
	}
	l.try(c, n, h)
	gate.open()
}

// superseded reports whether another has got the lock since.
func (l *locks) superseded(h *hold) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.holds[h.lock]
	return all[len(all)-1] != h
}

// try makes a write under the lock, and waits for it as long as it has patience.
func (l *locks) try(c *client, n node, h *hold) {
	ctx, cancel := c.patience()
	defer cancel()
	l.write(ctx, c, n, h)
}

func (l *locks) write(ctx context.Context, c *client, n node, h *hold) {
	w := l.begin(h)
	got, err := n.Apply(ctx, n.Guard(cluster.Insert(w.path(), int64(h.Token())), h.Held))
	w.result, w.revision = resultOf(err), got.Revision
	switch {
	case (w.result == missing || w.result == conflict) && !h.ended():
		c.find("lock %d is held, and a write under it was refused: %v, at %v", h.lock, h, c.clock())
	case w.result == exists, w.result == absent && !expected(err):
		c.find("a write under a lock ends with %v", err)
	}
}

func (l *locks) begin(h *hold) *guarded {
	late := l.superseded(h)
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &guarded{number: len(l.writes), hold: h, late: late}
	l.writes = append(l.writes, w)
	return w
}

// unlock gives the lock back. One that is held when that is called cannot be
// lost before the part of its lease is over on which holders do not rely: later
// it may be, when the write was long on its way.
func (l *locks) unlock(c *client, h *hold) {
	held, called := !h.ended(), c.clock()
	ctx, cancel := c.patience()
	defer cancel()
	err := h.Unlock(ctx)
	lost := errors.Is(err, recipe.ErrLost)
	if lost && held && c.clock() < called+lockTTL/5 {
		c.find("lock %d was held when it was unlocked, and lost: %v: %v", h.lock, h, err)
	}
	if err != nil && !lost && !expected(err) {
		c.find("an unlock ends with %v", err)
	}
}

// readBack lets a holder stand still on each node, waits until whatever else
// was left must have ended, and looks whether all have left the lines.
func (l *locks) readBack(c *client, n node) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	l.takeOver(ctx, c, n)
	time.Sleep(2 * lockTTL)
	state, err := n.Read(ctx)
	if err != nil {
		c.find("%s serves no read when all is healed: %v", c.home, err)
		return
	}
	for lock := range locksInUse {
		if line, _ := state.Get(lockPath(lock)); line.Len() > 0 {
			c.find("%d stand in the line of lock %d when all have left it", line.Len(), lock)
		}
	}
	l.end = state
}

// takeOver takes a lock twice: with a gate that stays closed until the lock was
// granted again, since its lease has ended, and was not refreshed.
func (l *locks) takeOver(ctx context.Context, c *client, n node) {
	gate := &gate{Node: n.Recipes()}
	lock, called := c.random.IntN(locksInUse), c.clock()
	first, err := l.take(ctx, c, n, gate, lock)
	if err != nil {
		return
	}
	gate.close()
	defer gate.open()
	second, err := l.take(ctx, c, n, n.Recipes(), lock)
	if err != nil {
		return
	}
	if least, most := called+lockTTL, first.at+lockTTL+lateMax; second.at < least || second.at > most {
		c.find("lock %d was granted to %v, and then to %v, not within %v to %v", lock, first, second, least, most)
	}
	l.write(ctx, c, n, first)
	l.write(ctx, c, n, second)
	l.unlock(c, second)
}

// take waits for a lock when all is healed.
func (l *locks) take(ctx context.Context, c *client, n node, by recipe.Node, lock int) (*hold, error) {
	mutex, err := recipe.NewMutex(by, lockPath(lock), lockTTL)
	if err != nil {
		return nil, err
	}
	held, err := mutex.Lock(ctx)
	if err != nil {
		c.find("%s does not get lock %d when all is healed: %v", c.home, lock, err)
		return nil, err
	}
	return l.granted(c, n, lock, held), nil
}

// gate is a node as a process sees it that can be paused: what it sends while
// it is, is sent when it goes on.
type gate struct {
	recipe.Node
	mu sync.Mutex
	// closed ends a pause, nil while there is none.
	closed chan struct{}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.closed)
	g.closed = nil
}

func (g *gate) pass() {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed != nil {
		<-closed
	}
}

// Apply makes the write after the pause. That it was called before is no
// reason to make it, or not to: its context may have ended meanwhile.
func (g *gate) Apply(ctx context.Context, ops ...cluster.Op) (cluster.Result, error) {
	g.pass()
	return g.Node.Apply(ctx, ops...)
}
