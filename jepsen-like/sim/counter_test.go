package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func TestCountersAreExact(t *testing.T) {
	holds(t, "counter")
}

// counter is the workload of one counter that everybody adds to. Each write
// adds to a mark of its own as well: the marks say of each write whether it was
// made, and how often.
type counter struct {
	mu   sync.Mutex
	adds []*add
	// ends are what each node had at the end.
	ends []end
}

// add is one write, and what was said of it.
type add struct {
	number int
	// doomed says that its last operation is refused: then none may be made.
	doomed bool
	ok     bool
	// revision is the one that its answer named.
	revision uint64
	// refused is the error of a write that was certainly not made.
	refused error
	// unknown is what the outcome can be asked for with, when it is unknown.
	unknown *cluster.UnknownOutcome
	// answers are those of Node.Outcome.
	answers []answer
}

type answer struct {
	from     string
	revision uint64
	err      error
}

// end is the tree of a node when all was over.
type end struct {
	of    string
	state *tree.Tree
}

func totalPath() tree.Path { return tree.Path{"counter", "total"} }

func (a *add) path() tree.Path { return tree.Path{"counter", "marks", fmt.Sprint(a.number)} }

func (k *counter) step(c *client, n node) {
	a := k.begin(c.random.IntN(10) == 0)
	ctx, cancel := c.patience()
	ops := []cluster.Op{cluster.Add(totalPath(), 1), cluster.Add(a.path(), 1)}
	if a.doomed {
		ops = append(ops, cluster.Remove(tree.Path{"counter", "nothing"}))
	}
	result, err := n.Apply(ctx, ops...)
	cancel()
	unknown, isUnknown := errors.AsType[*cluster.UnknownOutcome](err)
	switch {
	case err == nil:
		a.ok, a.revision = true, result.Revision
	case isUnknown:
		a.unknown = unknown
		// While it is on its way there is most to say wrongly about it.
		if other := c.anyNode(); other != nil && c.random.IntN(4) > 0 {
			ctx, cancel := c.patience()
			a.ask(ctx, "a client", other)
			cancel()
		}
	default:
		a.refused = err
		if doomed := a.doomed && errors.Is(err, cluster.ErrNotFound); !doomed && !expected(err) {
			c.find("an add ends with %v", err)
		}
	}
}

func (k *counter) begin(doomed bool) *add {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := &add{number: len(k.adds), doomed: doomed}
	k.adds = append(k.adds, a)
	return a
}

// ask asks for the outcome. An answer that the context has cut off is none.
func (a *add) ask(ctx context.Context, from string, n node) {
	result, err := n.Outcome(ctx, a.unknown.ID)
	if err == nil || !expected(err) {
		a.answers = append(a.answers, answer{from, result.Revision, err})
	}
}

func (k *counter) readBack(c *client, n node) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for _, a := range k.adds {
		if a.unknown != nil {
			a.ask(ctx, c.home, n)
		}
	}
	state, err := n.Read(ctx)
	if err != nil {
		c.find("%s serves no read when all is healed: %v", c.home, err)
		return
	}
	k.ends = append(k.ends, end{c.home, state})
}

func (k *counter) judge() (findings []string, done int) {
	for _, end := range k.ends {
		sum, answered, unanswered := int64(0), 0, 0
		for _, a := range k.adds {
			item, _ := end.state.Get(a.path())
			made := item.Value().Int()
			sum += made
			if problem := a.judge(made, item.Created()); problem != "" {
				findings = append(findings, fmt.Sprintf("on %s, add %d: %s", end.of, a.number, problem))
			}
			if a.ok {
				done++
			}
			answered, unanswered = a.count(answered, unanswered)
		}
		item, _ := end.state.Get(totalPath())
		if total := item.Value().Int(); total != sum {
			findings = append(findings, fmt.Sprintf("on %s the total is %d, and %d were made", end.of, total, sum))
		}
		// The cluster forgets writes, those of a busy node soon.
		if unanswered > 4*answered {
			findings = append(findings, fmt.Sprintf("of %d outcomes were answered, of %d not: the run says nothing", answered, unanswered))
		}
	}
	return findings, done / max(len(k.ends), 1)
}

func (a *add) count(answered, unanswered int) (int, int) {
	switch {
	case a.unknown == nil:
	case len(a.answers) > 0:
		answered++
	default:
		unanswered++
	}
	return answered, unanswered
}

// judge says what is wrong with a write that was made so many times, first at
// the revision created.
func (a *add) judge(made int64, created uint64) string {
	switch {
	case made > 1 || made < 0:
		return fmt.Sprintf("was made %d times", made)
	case a.ok && (made != 1 || created != a.revision):
		return fmt.Sprintf("was acknowledged at revision %d, and was made %d times, at %d", a.revision, made, created)
	case a.refused != nil && made != 0:
		return fmt.Sprintf("was made, although it was refused: %v", a.refused)
	}
	for _, answer := range a.answers {
		if problem := answer.judge(a.doomed, made, created); problem != "" {
			return fmt.Sprintf("%v: %s", a.unknown, problem)
		}
	}
	return ""
}

func (a answer) judge(doomed bool, made int64, created uint64) string {
	refused := errors.Is(a.err, cluster.ErrGivenUp) || doomed && errors.Is(a.err, cluster.ErrNotFound)
	switch {
	case a.err == nil && (made != 1 || created != a.revision):
		return fmt.Sprintf("%s says that it was made at revision %d, it was made %d times, at %d", a.from, a.revision, made, created)
	case refused && made != 0:
		return fmt.Sprintf("%s says that it was not made, it was at revision %d", a.from, created)
	case a.err != nil && !refused:
		return fmt.Sprintf("%s answers with %v", a.from, a.err)
	}
	return ""
}
