package cycles

import (
	"fmt"
	"maps"
	"slices"
)

// Check returns all anomalies of the history, those of single transactions and
// keys first, then the cycles.
func Check(history []Transaction) []Anomaly {
	a := &analysis{
		history: history,
		writers: map[element]int{},
		orders:  map[string][]int{},
		broken:  map[string]bool{},
		lost:    map[element]bool{},
	}
	if a.index(); len(a.found) > 0 {
		return a.found
	}
	a.checkInside()
	a.findOrders()
	a.checkLists()
	a.findMade()
	a.checkLost()
	g := a.graph()
	return append(a.found, g.anomalies(history)...)
}

// analysis is what is known of a history.
type analysis struct {
	history []Transaction
	// reads are those of all transactions that are OK, in their order.
	reads []read
	// writers are the transactions that have tried to append.
	writers map[element]int
	// orders has the longest list of each key.
	orders map[string][]int
	// broken keys have lists that no order can be taken from.
	broken map[string]bool
	// made says which transactions have certainly been made.
	made []bool
	// lost elements were acknowledged and are in no list.
	lost map[element]bool
	// unread are the appends to each key that were made and are in no list.
	unread map[string][]element
	found  []Anomaly
}

func (a *analysis) report(name Name, format string, args ...any) {
	a.found = append(a.found, Anomaly{Name: name, Text: fmt.Sprintf(format, args...)})
}

// reportKey is report for what makes the key's lists useless.
func (a *analysis) reportKey(key string, name Name, format string, args ...any) {
	a.broken[key] = true
	a.report(name, format, args...)
}

// index collects who appended what and who read what.
func (a *analysis) index() {
	for i, tx := range a.history {
		own := map[string]int{}
		for _, op := range tx.Ops {
			if op.Reads && tx.Outcome == OK {
				a.reads = append(a.reads, read{i, op.Key, op.List, own[op.Key]})
			}
			if !op.Reads {
				own[op.Key]++
				a.indexAppend(i, element{op.Key, op.Element})
			}
		}
	}
}

func (a *analysis) indexAppend(by int, e element) {
	if other, taken := a.writers[e]; taken {
		a.report(Malformed, "T%d and T%d both append %v", other, by, e)
	}
	a.writers[e] = by
}

// findOrders takes the longest list of each key for its order, and reports
// lists that are no prefix of it.
func (a *analysis) findOrders() {
	for _, r := range a.reads {
		if len(r.list) > len(a.orders[r.key]) {
			a.orders[r.key] = r.list
		}
	}
	for _, r := range a.reads {
		if order := a.orders[r.key]; !a.broken[r.key] {
			a.compare(r, order[:len(r.list)])
		}
	}
}

// compare reports where a list leaves the order of its key.
func (a *analysis) compare(r read, order []int) {
	for i, value := range r.list {
		if value != order[i] {
			a.reportKey(r.key, IncompatibleOrder, "T%d has read %d at place %d of %s, and the longest list has %d there: %v and %v",
				r.by, value, i, r.key, order[i], Read(r.key, r.list[:i+1]...), Read(r.key, order[:i+1]...))
			return
		}
	}
}

// findMade marks the transactions that are OK, and those of unknown outcome
// that somebody has read from.
func (a *analysis) findMade() {
	a.made = make([]bool, len(a.history))
	for i, tx := range a.history {
		a.made[i] = tx.Outcome == OK
	}
	for key, order := range a.orders {
		for _, value := range order {
			writer, known := a.writers[element{key, value}]
			if known && a.history[writer].Outcome == Unknown {
				a.made[writer] = true
			}
		}
	}
}

// keys returns the keys that have a usable order or no list at all, sorted.
func (a *analysis) keys() []string {
	all := map[string]bool{}
	for e := range a.writers {
		all[e.key] = true
	}
	for key := range a.broken {
		delete(all, key)
	}
	return slices.Sorted(maps.Keys(all))
}
