package sim

import (
	"context"
	"iter"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

func skipEvents(n node) node {
	return teller{n, func(yield tell) tell {
		told := 0
		return func(e cluster.Event) bool {
			told++
			return told%10 == 9 || yield(e)
		}
	}}
}

func repeatEvents(n node) node {
	return teller{n, func(yield tell) tell {
		return func(e cluster.Event) bool { return yield(e) && (e.Synced || e.Progress || yield(e)) }
	}}
}

func hideResets(n node) node {
	return teller{n, func(yield tell) tell {
		return func(e cluster.Event) bool {
			e.Reset = false
			return yield(e)
		}
	}}
}

// resetToOld gives resets within a watch the result that was there before.
func resetToOld(n node) node {
	return teller{n, func(yield tell) tell {
		var last cluster.Event
		return func(e cluster.Event) bool {
			if e.Reset && last.Revision > 0 {
				e.Value, e.Exists = last.Value, last.Exists
			}
			last = e
			return yield(e)
		}
	}}
}

// runAhead marks progress up to a revision that may not be there yet.
func runAhead(n node) node {
	return teller{n, func(yield tell) tell {
		return func(e cluster.Event) bool {
			if e.Progress {
				e.Revision++
			}
			return yield(e)
		}
	}}
}

func forgetExpelled(n node) node {
	return teller{n, func(yield tell) tell {
		return func(e cluster.Event) bool {
			e.Expelled = nil
			return yield(e)
		}
	}}
}

func syncTwice(n node) node {
	return teller{n, func(yield tell) tell {
		return func(e cluster.Event) bool {
			e.Synced = true
			return yield(e)
		}
	}}
}

func resumeLate(n node) node  { return resumer{n, +1} }
func resumeEarly(n node) node { return resumer{n, -1} }

// tell is what yields the events of a watch.
type tell func(cluster.Event) bool

// teller tells the events of watches in another way.
type teller struct {
	node
	wrap func(tell) tell
}

func (n teller) Watch(ctx context.Context, query tree.Query, options ...cluster.WatchOption) iter.Seq2[cluster.Event, error] {
	return func(yield func(cluster.Event, error) bool) {
		tell := n.wrap(func(e cluster.Event) bool { return yield(e, nil) })
		for event, err := range n.node.Watch(ctx, query, options...) {
			if err != nil {
				yield(event, err)
				return
			}
			if !tell(event) {
				return
			}
		}
	}
}

// resumer goes on from another revision.
type resumer struct {
	node
	shift int64
}

func (n resumer) Since(revision uint64) cluster.WatchOption {
	return n.node.Since(uint64(max(int64(revision)+n.shift, 0)))
}
