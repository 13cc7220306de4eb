package cycles

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// serial makes histories as a store does that runs one transaction at a time.
type serial struct {
	random *rand.Rand
	lists  map[string][]int
	next   int
	// calls are when each process may begin its next transaction.
	calls []int64
	keys  int
}

// serialHistory returns a history of n transactions in the order in which they
// were made. The k-th was made at 100*k, and began and ended around that. The
// last one has read everything.
func serialHistory(seed uint64, n, processes, keys int) []Transaction {
	s := &serial{random: rand.New(rand.NewPCG(seed, 1)), lists: map[string][]int{}, calls: make([]int64, processes), keys: keys}
	var history []Transaction
	for k := range n {
		if tx, ok := s.transaction(100 * int64(k+1)); ok {
			history = append(history, tx)
		}
	}
	last := at(int64(n)*1000, int64(n)*1000+1)
	for k := range keys {
		last.Ops = append(last.Ops, s.read(s.key(k)))
	}
	return append(history, last)
}

func (s *serial) key(k int) string { return fmt.Sprint("k", k) }

// transaction makes one at this moment, unless its process is still busy.
func (s *serial) transaction(now int64) (Transaction, bool) {
	process := s.random.IntN(len(s.calls))
	if s.calls[process] >= now {
		return Transaction{}, false
	}
	call := max(s.calls[process]+1, now-s.random.Int64N(500))
	tx := Transaction{Process: process, Call: call, Return: now + s.random.Int64N(500)}
	tx.Outcome = []Outcome{OK, OK, OK, OK, Failed, Unknown}[s.random.IntN(6)]
	s.calls[process] = tx.Return
	applied := tx.Outcome == OK || tx.Outcome == Unknown && s.random.IntN(2) == 0
	before := map[string][]int{}
	for key, list := range s.lists {
		before[key] = list
	}
	for range 1 + s.random.IntN(5) {
		tx.Ops = append(tx.Ops, s.op())
	}
	if !applied {
		s.lists = before
	}
	return tx, true
}

func (s *serial) op() Op {
	key := s.key(s.random.IntN(s.keys))
	if s.random.IntN(2) == 0 {
		return s.read(key)
	}
	s.next++
	s.lists[key] = append(slices.Clone(s.lists[key]), s.next)
	return Append(key, s.next)
}

func (s *serial) read(key string) Op { return Read(key, slices.Clone(s.lists[key])...) }

func FuzzSerialHistoriesAreAccepted(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed, uint8(10+seed), uint8(seed%9), uint8(seed%5))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n, processes, keys uint8) {
		history := serialHistory(seed, int(n), 1+int(processes), 1+int(keys))
		if found := Check(history); len(found) > 0 {
			t.Fatalf("found %v", found[0])
		}
		shuffled := slices.Clone(history)
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		if found := Check(shuffled); len(found) > 0 {
			t.Fatalf("in another order, found %v", found[0])
		}
	})
}

// TestPlantedCorruptionsAreFound breaks serial histories in ways that a broken
// store would, and wants each to be found wherever it could be planted.
func TestPlantedCorruptionsAreFound(t *testing.T) {
	for name, plant := range map[string]func(*planting) bool{
		"a read is stale":                       (*planting).staleRead,
		"the last append is lost":               (*planting).loseAppend,
		"a failed transaction was made":         (*planting).applyFailed,
		"two elements change places":            (*planting).swap,
		"an append is made twice":               (*planting).double,
		"a transaction is made after its end":   (*planting).late,
		"a transaction does not see its append": (*planting).forgetOwn,
	} {
		t.Run(name, func(t *testing.T) {
			planted := 0
			for seed := range uint64(200) {
				p := &planting{rand.New(rand.NewPCG(seed, 3)), serialHistory(seed, 120, 6, 3)}
				if !plant(p) {
					continue
				}
				planted++
				if found := Check(p.history); len(found) == 0 {
					t.Fatalf("seed %d: nothing was found", seed)
				}
			}
			if planted < 100 {
				t.Errorf("it was planted %d times only", planted)
			}
		})
	}
}

type planting struct {
	random  *rand.Rand
	history []Transaction
}

// reads visits the reads of transactions that are OK, from a random one on,
// until visit is content.
func (p *planting) reads(visit func(tx *Transaction, op *Op) bool) bool {
	start := p.random.IntN(len(p.history))
	for i := range p.history {
		tx := &p.history[(start+i)%len(p.history)]
		for k := range tx.Ops {
			if op := &tx.Ops[k]; tx.Outcome == OK && op.Reads && visit(tx, op) {
				return true
			}
		}
	}
	return false
}

func (p *planting) writer(key string, value int) Transaction {
	for _, tx := range p.history {
		if slices.ContainsFunc(tx.Ops, func(o Op) bool { return !o.Reads && o.Key == key && o.Element == value }) {
			return tx
		}
	}
	return Transaction{}
}

// staleRead takes from a read the last element, which was acknowledged before.
func (p *planting) staleRead() bool {
	return p.reads(func(tx *Transaction, op *Op) bool {
		n := len(op.List)
		if n == 0 {
			return false
		}
		writer := p.writer(op.Key, op.List[n-1])
		if writer.Outcome != OK || writer.Return >= tx.Call {
			return false
		}
		op.List = op.List[:n-1]
		return true
	})
}

// loseAppend takes an acknowledged element from all reads.
func (p *planting) loseAppend() bool {
	last := p.history[len(p.history)-1]
	for _, op := range last.Ops {
		for _, value := range op.List {
			if p.writer(op.Key, value).Outcome == OK {
				return p.reads(func(tx *Transaction, other *Op) bool {
					if other.Key == op.Key {
						other.List = slices.DeleteFunc(slices.Clone(other.List), func(v int) bool { return v == value })
					}
					return tx.Call == last.Call && other.Key == op.Key
				})
			}
		}
	}
	return false
}

// applyFailed turns a transaction whose appends were read into a failed one.
func (p *planting) applyFailed() bool {
	return p.reads(func(_ *Transaction, op *Op) bool {
		if len(op.List) == 0 {
			return false
		}
		writer := p.writer(op.Key, op.List[0])
		for i := range p.history {
			if p.history[i].Call == writer.Call && p.history[i].Process == writer.Process {
				p.history[i].Outcome = Failed
			}
		}
		return true
	})
}

// swap exchanges two elements in one read, of several that have both.
func (p *planting) swap() bool {
	return p.reads(func(_ *Transaction, op *Op) bool {
		if len(op.List) < 3 {
			return false
		}
		op.List = slices.Clone(op.List)
		op.List[0], op.List[1] = op.List[1], op.List[0]
		return true
	})
}

func (p *planting) double() bool {
	return p.reads(func(_ *Transaction, op *Op) bool {
		if len(op.List) == 0 {
			return false
		}
		op.List = append(slices.Clone(op.List), op.List[0])
		return true
	})
}

// late moves the reader of an element to before its append began.
func (p *planting) late() bool {
	return p.reads(func(tx *Transaction, op *Op) bool {
		if len(op.List) == 0 {
			return false
		}
		writer := p.writer(op.Key, op.List[len(op.List)-1])
		if writer.Call <= 2 || writer.Call == tx.Call {
			return false
		}
		tx.Call, tx.Return, tx.Process = writer.Call-2, writer.Call-1, 99
		return true
	})
}

func (p *planting) forgetOwn() bool {
	return p.reads(func(tx *Transaction, op *Op) bool {
		n := len(op.List)
		if n == 0 {
			return false
		}
		writer := p.writer(op.Key, op.List[n-1])
		if writer.Call != tx.Call || writer.Process != tx.Process {
			return false
		}
		op.List = op.List[:n-1]
		return true
	})
}

func BenchmarkCheck(b *testing.B) {
	history := serialHistory(1, 10_000, 10, 10)
	for b.Loop() {
		if found := Check(history); len(found) > 0 {
			b.Fatal(found)
		}
	}
	b.ReportMetric(float64(len(history)), "transactions")
}
