package sim

import (
	"cmp"
	"fmt"
	"slices"
)

// judge compares the writes that are there with the locks that were granted. It
// counts those that were granted.
func (l *locks) judge() (findings []string, done int) {
	if l.end == nil {
		return nil, 0
	}
	for lock, holds := range l.holds {
		done += len(holds)
		for i := 1; i < len(holds); i++ {
			if holds[i].Token() <= holds[i-1].Token() {
				findings = append(findings, fmt.Sprintf("the tokens of lock %d do not rise: %v comes before %v", lock, holds[i-1], holds[i]))
			}
		}
		findings = append(findings, l.judgeOrder(lock)...)
	}
	made, refused := 0, 0
	for _, w := range l.writes {
		if problem := w.judge(l.createdAt(w)); problem != "" {
			findings = append(findings, fmt.Sprintf("write %d under lock %d (%v) %s", w.number, w.hold.lock, w.hold, problem))
		}
		if w.result == fine {
			made++
		}
		if w.late && (w.result == missing || w.result == conflict) {
			refused++
		}
	}
	if made < 15 || refused < 3 {
		findings = append(findings, fmt.Sprintf("%d writes under locks were made, %d late ones were refused: the run says nothing", made, refused))
	}
	return findings, done
}

// createdAt returns the revision of a write, 0 if it was not made.
func (l *locks) createdAt(w *guarded) uint64 {
	item, _ := l.end.Get(w.path())
	return item.Created()
}

// judge says what is wrong with a write, made at the revision created.
func (w *guarded) judge(created uint64) string {
	switch {
	case w.result == fine && created != w.revision:
		return fmt.Sprintf("was acknowledged at revision %d, and was made at %d", w.revision, created)
	case w.result != fine && w.result != unclear && created != 0:
		return fmt.Sprintf("was made, although its answer was %q", resultNames[w.result])
	case w.late && created != 0:
		return "was made, although another had the lock when it was called"
	}
	return ""
}

// judgeOrder says which writes under a lock were made when another had it
// already: after a write of that one, or after its tree had the lock as its own.
func (l *locks) judgeOrder(lock int) (findings []string) {
	made := slices.DeleteFunc(slices.Clone(l.writes), func(w *guarded) bool {
		return w.hold.lock != lock || l.createdAt(w) == 0
	})
	slices.SortFunc(made, func(a, b *guarded) int { return cmp.Compare(l.createdAt(a), l.createdAt(b)) })
	newest := &hold{}
	for i, w := range made {
		if i > 0 && w.hold.Token() < newest.Token() {
			findings = append(findings, fmt.Sprintf("write %d under lock %d (%v) was made after one of %v", w.number, lock, w.hold, newest))
		}
		newest = w.hold
		for _, h := range l.holds[lock] {
			if h.Token() > w.hold.Token() && h.revision <= l.createdAt(w) {
				findings = append(findings, fmt.Sprintf("write %d under lock %d (%v) was made at revision %d, after the lock was granted: %v, at revision %d", w.number, lock, w.hold, l.createdAt(w), h, h.revision))
			}
		}
	}
	return findings
}
