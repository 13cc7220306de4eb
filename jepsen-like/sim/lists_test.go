package sim

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/jepsen-like/cycles"
	"example.com/gstate/tree"
)

func TestTransactionsAreStrictlySerializable(t *testing.T) {
	holds(t, "lists")
}

// hotKeys are so few that transactions meet all the time.
const hotKeys = 10

// lists is the workload of transactions that append to lists and read them.
type lists struct {
	mu      sync.Mutex
	history []cycles.Transaction
	// last is the element that was appended last, anywhere.
	last int
	// once says that no transaction uses a key twice.
	once bool
}

// errAborted is the error of a function that changes its mind.
var errAborted = errors.New("the transaction was aborted by its function")

// micro is a micro-operation as it was drawn.
type micro struct {
	key string
	// element is 0 for a read.
	element int
	// whole appends by reading the list and setting it anew.
	whole bool
}

func listPath(key string) tree.Path { return tree.Path{"lists", key} }

func (l *lists) step(c *client, n node) {
	if c.random.IntN(10) == 0 {
		l.snapshot(c, n)
		return
	}
	micros, abort := l.draw(c), c.random.IntN(10) == 0
	var made []cycles.Op
	tx := cycles.Transaction{Process: c.process, Call: c.now()}
	ctx, cancel := c.patience()
	_, err := n.Transact(ctx, func(v view) error {
		made = made[:0]
		for _, m := range micros {
			ops, err := m.make(v)
			made = append(made, ops...)
			if err != nil {
				return err
			}
		}
		if abort {
			return errAborted
		}
		return nil
	})
	cancel()
	tx.Return = c.now()
	l.record(c, tx, made, err)
}

// draw draws a transaction: of appends, of reads, or of both.
func (l *lists) draw(c *client) []micro {
	l.mu.Lock()
	defer l.mu.Unlock()
	reads := []int{0, 100, 50, 50}[c.random.IntN(4)]
	var micros []micro
	used := map[string]bool{}
	for range 1 + c.random.IntN(5) {
		m := micro{key: fmt.Sprint("k", c.random.IntN(hotKeys))}
		if l.once && used[m.key] {
			continue
		}
		used[m.key] = true
		if c.random.IntN(100) >= reads {
			l.last++
			m.element, m.whole = l.last, c.random.IntN(3) == 0
		}
		micros = append(micros, m)
	}
	return micros
}

// make makes the operation on the view, and returns it as it went.
func (m micro) make(v view) ([]cycles.Op, error) {
	path := listPath(m.key)
	appended := cycles.Append(m.key, m.element)
	if m.element != 0 && !m.whole {
		return []cycles.Op{appended}, v.Append(path, m.element)
	}
	list := v.List(path)
	read := cycles.Read(m.key, list...)
	if m.element == 0 {
		return []cycles.Op{read}, nil
	}
	changed := append(list[:len(list):len(list)], m.element)
	return []cycles.Op{read, appended}, v.Set(path, changed)
}

func (l *lists) record(c *client, tx cycles.Transaction, made []cycles.Op, err error) {
	tx.Ops = append(tx.Ops, made...)
	switch {
	case err == nil:
	case errors.Is(err, errAborted):
		l.add(readsBefore(tx))
		tx.Outcome = cycles.Failed
	case errors.Is(err, cluster.ErrOutcomeUnknown):
		tx.Outcome = cycles.Unknown
		c.next()
	default:
		tx.Outcome = cycles.Failed
		if !expected(err) {
			c.find("a transaction of %v ends with %v", tx.Ops, err)
		}
	}
	l.add(tx)
}

// readsBefore returns what an aborted transaction has read of others, which
// has proved to be current: a transaction of its own.
func readsBefore(tx cycles.Transaction) cycles.Transaction {
	own, ops := map[string]bool{}, tx.Ops
	tx.Ops = nil
	for _, op := range ops {
		own[op.Key] = own[op.Key] || !op.Reads
		if !own[op.Key] {
			tx.Ops = append(tx.Ops, op)
		}
	}
	return tx
}

func (l *lists) add(tx cycles.Transaction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.history = append(l.history, tx)
}

// snapshot reads all lists with one linearizable read: a transaction, too.
func (l *lists) snapshot(c *client, n node) {
	tx := cycles.Transaction{Process: c.process, Call: c.now()}
	ctx, cancel := c.patience()
	defer cancel()
	state, err := n.Read(ctx)
	tx.Return = c.now()
	if err != nil {
		if !expected(err) {
			c.find("a read ends with %v", err)
		}
		return
	}
	for k := range hotKeys {
		key := fmt.Sprint("k", k)
		item, _ := state.Get(listPath(key))
		tx.Ops = append(tx.Ops, cycles.Read(key, elements(item.Value())...))
	}
	l.add(tx)
}

func (l *lists) readBack(c *client, n node) {
	before := len(l.history)
	for try := 0; try < 20 && len(l.history) == before; try++ {
		l.snapshot(c, n)
	}
	if len(l.history) == before {
		c.find("%s serves no read when all is healed", c.home)
	}
}

func (l *lists) judge() (findings []string, done int) {
	for _, anomaly := range cycles.Check(l.history) {
		findings = append(findings, anomaly.String())
	}
	for _, tx := range l.history {
		if tx.Outcome == cycles.OK {
			done++
		}
	}
	return findings, done
}
