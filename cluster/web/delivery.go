package web

import (
	"time"

	"example.com/gstate/cluster"
)

// MinProgress is the least time between the marks of progress that a watch may
// ask for: each wakes the node, which has as many watches as Config allows.
const MinProgress = time.Second

// delivery returns how a watch is to deliver, from the revision that the client
// has seen on, if any.
func (o *options) delivery(since *uint64) []cluster.WatchOption {
	var asked []cluster.WatchOption
	if since != nil {
		asked = append(asked, cluster.Since(*since))
	}
	if o.every {
		asked = append(asked, cluster.EveryChange())
	}
	if o.endWhenSlow {
		asked = append(asked, cluster.EndWhenSlow())
	}
	if o.progress > 0 {
		asked = append(asked, cluster.Progress(o.progress))
	}
	return asked
}

func (o *options) setSince(text string) error {
	revision, err := parseRevision("parameter since", text)
	o.since = &revision
	return err
}

func (o *options) setProgress(text string) (err error) {
	o.progress, err = time.ParseDuration(text)
	if err != nil || o.progress < MinProgress {
		return invalid("progress %.40q is not a duration of at least %v, such as 10s", text, MinProgress)
	}
	return nil
}
