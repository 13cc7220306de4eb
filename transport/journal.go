package transport

import (
	"errors"
	"sync"

	"github.com/hashicorp/go-hclog"
)

// maxRelations bounds the memory that peers with invented ids can take, and the
// lines that they can cause. It is far more than a cluster has nodes.
const maxRelations = 256

// journal logs one line when a relation to a peer changes, and none when it
// stays as it was: a peer that is down is dialled many times a second.
type journal struct {
	log hclog.Logger

	mu struct {
		sync.Mutex

		// states holds the reason last logged for each relation; nil stands for
		// good. At most maxRelations.
		states map[relation]error
	}
}

// relation is what has a state of its own.
type relation struct {
	// event names what is tried, as it is logged.
	event  string
	stream streamType

	// peer is the node's id, or empty for a peer that did not say who it is.
	peer string
}

// events of the log.
const (
	eventDial   = "dial"
	eventAccept = "accept"
)

// reasons are the errors between which a change is worth a line; all others
// count as one.
var reasons = []error{
	ErrWrongCluster, ErrWrongNode, ErrUnknownPeer, ErrVersion, ErrBusy,
	ErrNoAddress, ErrMalformed, ErrConnLost,
}

// errUnreachable stands for the errors that are none of the reasons.
var errUnreachable = errors.New("peer does not answer")

func newJournal(log hclog.Logger) *journal {
	j := &journal{log: log}
	j.mu.states = make(map[relation]error)
	return j
}

// note says how a relation is now; err is nil when it is good. What happens
// because this transport closes is not worth a line.
func (j *journal) note(r relation, err error, details ...any) {
	if errors.Is(err, ErrClosed) || !j.changed(r, reasonOf(err)) {
		return
	}
	details = append([]any{"event", r.event, "stream", r.stream.String(), "peer", r.peer}, details...)
	if err == nil {
		j.log.Info("peer is connected", details...)
		return
	}
	j.log.Warn("peer is not connected", append(details, "error", err)...)
}

// changed records the state of a relation and reports whether it is a new one.
func (j *journal) changed(r relation, state error) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	former, known := j.mu.states[r]
	if known && former == state || !known && len(j.mu.states) >= maxRelations {
		return false
	}
	j.mu.states[r] = state
	return true
}

// reasonOf returns the class of an error.
func reasonOf(err error) error {
	if err == nil {
		return nil
	}
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			return reason
		}
	}
	return errUnreachable
}
