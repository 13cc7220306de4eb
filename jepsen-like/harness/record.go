package harness

import (
	"time"

	"example.com/gstate/jepsen-like/client"
	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/nodes"
)

// Record is all that is known of a run that is over. It is judged, reported and
// saved; nothing else of the run is needed for that.
type Record struct {
	// Config is what decided the run, and Nodes are the ids of its nodes.
	Config Config   `json:"config"`
	Nodes  []string `json:"nodes"`
	// Began is when the time of the run began, by the clock on the wall.
	Began time.Time `json:"began"`
	// Versions names what was tested, by its parts, as far as that is known.
	Versions map[string]string `json:"versions,omitempty"`
	// End is what was seen of the cluster after the faults, and Crashes are the
	// nodes that have ended by themselves.
	End     Ending        `json:"end"`
	Crashes []nodes.Crash `json:"crashes,omitempty"`
	// Failure is what the nemesis could not do, which has ended the faults. Empty:
	// nothing.
	Failure string `json:"failure,omitempty"`
	// Length is how many events the history has. 0: that was not noted.
	Length int `json:"events,omitempty"`
	// Events is the history. Samples are what the nodes said of themselves
	// meanwhile; no rule needs them.
	Events  []history.Event `json:"-"`
	Samples []Sample        `json:"-"`
	// Feeds are what the change feeds have told.
	Feeds []history.Feed `json:"-"`
}

// Ending is what is seen of the cluster after the faults.
type Ending struct {
	// Problem is why the nodes did not come together again. Empty: they did.
	Problem string `json:"problem,omitempty"`
	// Took is the time from the end of the last fault until they had. The last
	// answers to the clients are waited for in between.
	Took time.Duration `json:"took_ns"`
	// Statuses and Dumps are those of all nodes at the end, empty if there is
	// a problem.
	Statuses []client.Status `json:"statuses,omitempty"`
	Dumps    []history.Dump  `json:"dumps,omitempty"`
}

// revision is that of what the nodes held at the end, 0 if that is not known.
func (e Ending) revision() uint64 {
	if len(e.Dumps) == 0 {
		return 0
	}
	return e.Dumps[0].Revision
}

// Record returns what is known of the run. It is complete when Run has returned
// a verdict.
func (h *Harness) Record() Record {
	r := Record{
		Config:  h.config,
		Nodes:   h.cluster.IDs(),
		Began:   h.recorder.Began(),
		End:     h.end,
		Crashes: h.cluster.Crashes(),
		Events:  h.recorder.Events(),
		Samples: h.samples,
		Feeds:   h.feeds,
	}
	if h.failure != nil {
		r.Failure = h.failure.Error()
	}
	return r
}
