package transport

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hashicorp/go-hclog"
)

func TestJournalWritesOneLineForEachChange(t *testing.T) {
	unreachable := errors.New("connection refused")
	tests := []struct {
		name   string
		states []error
		want   int
	}{
		{"good from the start", []error{nil, nil, nil}, 1},
		{"same reason again", []error{ErrBusy, fmt.Errorf("once more: %w", ErrBusy)}, 1},
		{"another reason", []error{ErrBusy, ErrVersion, ErrBusy}, 3},
		{"all that is no reason of ours is alike", []error{unreachable, errors.New("no route to host")}, 1},
		{"down and up", []error{nil, unreachable, unreachable, nil}, 3},
		{"this transport closes", []error{nil, ErrClosed}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := &lines{}
			j := newJournal(hclog.New(&hclog.LoggerOptions{Output: log}))
			for _, state := range test.states {
				j.note(relation{eventDial, streamRaft, "b"}, state)
			}
			if n := log.count("peer=b"); n != test.want {
				t.Errorf("%d lines, want %d", n, test.want)
			}
		})
	}
}

func TestJournalIsBounded(t *testing.T) {
	log := &lines{}
	j := newJournal(hclog.New(&hclog.LoggerOptions{Output: log}))
	for i := range 10 * maxRelations {
		j.note(relation{eventAccept, streamRaft, fmt.Sprint("invented-", i)}, ErrUnknownPeer)
	}
	if n := log.count("invented"); n != maxRelations || len(j.mu.states) != maxRelations {
		t.Errorf("%d lines and %d states for invented peers", n, len(j.mu.states))
	}
}
