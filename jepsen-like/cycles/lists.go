package cycles

import "slices"

// checkInside compares each read with what its own transaction had read and
// appended before.
func (a *analysis) checkInside() {
	for i, tx := range a.history {
		if tx.Outcome == OK {
			a.checkTransaction(i, tx)
		}
	}
}

func (a *analysis) checkTransaction(i int, tx Transaction) {
	// whole lists were read before, of others only the own end is known.
	whole, ends := map[string]bool{}, map[string][]int{}
	for _, op := range tx.Ops {
		expected := ends[op.Key]
		if !op.Reads {
			ends[op.Key] = append(slices.Clone(expected), op.Element)
			continue
		}
		at := len(op.List) - len(expected)
		if at < 0 || whole[op.Key] && at > 0 || !slices.Equal(op.List[at:], expected) {
			a.reportKey(op.Key, Internal, "T%d has read %v, but had read and appended %v", i, op, Read(op.Key, expected...))
		}
		whole[op.Key], ends[op.Key] = true, op.List
	}
}

// checkLists looks at each list by itself.
func (a *analysis) checkLists() {
	// Each element is reported once: all later lists have it, too.
	reported := map[element]bool{}
	for _, r := range a.reads {
		a.checkElements(r, reported)
		a.checkEnd(r)
	}
}

func (a *analysis) checkElements(r read, reported map[element]bool) {
	seen := map[int]bool{}
	for _, value := range r.list {
		e := element{r.key, value}
		name, what := a.wrong(e, seen[value])
		seen[value] = true
		if name == "" || reported[e] {
			continue
		}
		reported[e] = true
		if name != G1a {
			a.broken[r.key] = true
		}
		a.report(name, "T%d has read %v: %s %v", r.by, Read(r.key, r.list...), what, e)
	}
}

// wrong says what is wrong with an element of a list.
func (a *analysis) wrong(e element, again bool) (Name, string) {
	writer, known := a.writers[e]
	switch {
	case !known:
		return Phantom, "nobody has appended"
	case again:
		return Duplicate, "twice"
	case a.history[writer].Outcome == Failed:
		return G1a, "a failed transaction has appended"
	}
	return "", ""
}

// checkEnd reports a list that ends with an append of another transaction that
// was not its last one to the key.
func (a *analysis) checkEnd(r read) {
	list := r.outside()
	if len(list) == 0 {
		return
	}
	e := element{r.key, list[len(list)-1]}
	writer, known := a.writers[e]
	if !known || writer == r.by || a.history[writer].Outcome == Failed {
		return
	}
	if last := a.lastAppend(writer, r.key); last != e.value {
		a.report(G1b, "T%d has read %v: T%d appends %d after %d", r.by, Read(r.key, list...), writer, last, e.value)
	}
}

func (a *analysis) lastAppend(by int, key string) int {
	last := 0
	for _, op := range a.history[by].Ops {
		if !op.Reads && op.Key == key {
			last = op.Element
		}
	}
	return last
}

// checkLost reports acknowledged appends that are in no list, although a
// transaction that has read the key began after they were made.
func (a *analysis) checkLost() {
	latest := a.latestReads()
	for i, tx := range a.history {
		for _, op := range tx.Ops {
			reader, any := latest[op.Key]
			if op.Reads || tx.Outcome != OK || a.broken[op.Key] {
				continue
			}
			if !any || a.history[reader].Call <= tx.Return {
				continue
			}
			if !slices.Contains(a.orders[op.Key], op.Element) {
				a.lost[element{op.Key, op.Element}] = true
				a.report(LostAppend, "%v of T%d has returned at %d, T%d began at %d, and nobody has read it", op, i, tx.Return, reader, a.history[reader].Call)
			}
		}
	}
}

// latestReads returns for each key which of the readers began last.
func (a *analysis) latestReads() map[string]int {
	latest := map[string]int{}
	for _, r := range a.reads {
		now, any := latest[r.key]
		if !any || a.history[r.by].Call > a.history[now].Call {
			latest[r.key] = r.by
		}
	}
	return latest
}
