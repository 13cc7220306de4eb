package cluster

import (
	"errors"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

func TestMajority(t *testing.T) {
	no := errors.New("no")
	for name, test := range map[string]struct {
		voters  int
		answers []error
		want    error
	}{
		"one of one":             {1, []error{nil}, nil},
		"none of one":            {1, []error{no}, no},
		"two of three":           {3, []error{nil, nil}, nil},
		"two of three, at last":  {3, []error{nil, no, nil}, nil},
		"one of three":           {3, []error{nil, no, no}, no},
		"two of four":            {4, []error{nil, nil, no, no}, no},
		"three of four":          {4, []error{nil, nil, no, nil}, nil},
		"three of five, at last": {5, []error{no, nil, no, nil, nil}, nil},
		"two of five":            {5, []error{no, nil, nil, no, no}, no},
	} {
		t.Run(name, func(t *testing.T) {
			answers := make(chan error, len(test.answers))
			for _, answer := range test.answers {
				answers <- answer
			}
			if got := majority(answers, test.voters); got != test.want || len(answers) > 0 {
				t.Errorf("%v, with %d answers not needed", got, len(answers))
			}
		})
	}
}

// proposalOf returns a proposal of n commands of so many bytes each.
func proposalOf(n, bytes int) *proposal {
	return &proposal{commands: make([][]byte, n), bytes: n * bytes}
}

func TestEntryTakesWhatWaitsUpToItsLimits(t *testing.T) {
	for name, test := range map[string]struct {
		waiting []*proposal
		taken   int
	}{
		"a lone one":               {[]*proposal{proposalOf(1, 10)}, 1},
		"all that wait":            {[]*proposal{proposalOf(1, 10), proposalOf(5, 10), proposalOf(2, 10)}, 3},
		"one that is too large":    {[]*proposal{proposalOf(1, 4*entryBytes), proposalOf(1, 10)}, 1},
		"as many bytes as fit":     {[]*proposal{proposalOf(1, entryBytes/2), proposalOf(1, entryBytes/2), proposalOf(1, 1)}, 2},
		"as many commands as fit":  {[]*proposal{proposalOf(entryCommands-1, 1), proposalOf(1, 1), proposalOf(1, 1)}, 2},
		"not one that goes beyond": {[]*proposal{proposalOf(entryCommands-1, 1), proposalOf(2, 1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProposer(nil, nil)
			for _, waiting := range test.waiting {
				p.proposals <- waiting
			}
			batch, left := p.gather(t.Context(), nil)
			if len(batch) != test.taken {
				t.Errorf("%d proposals make the entry, want %d", len(batch), test.taken)
			}
			if test.taken < len(test.waiting) && left != test.waiting[test.taken] {
				t.Error("the next one is not the first of the next entry")
			}
		})
	}
}

// TestCommandOfALaterReleaseIsNotProposed: it would stop every member.
func TestCommandOfALaterReleaseIsNotProposed(t *testing.T) {
	p := newProposer(nil, nil)
	command := fsm.AppendCommand(nil, 9, fsm.Header{}, nil)
	_, err := p.propose(t.Context(), [][]byte{command})
	if !errors.Is(err, ErrVersion) || !certain(err) || len(p.proposals) > 0 {
		t.Errorf("error %v, certain %v, %d proposals", err, certain(err), len(p.proposals))
	}
}

func TestWhichErrorsOfTheEngineAreCertain(t *testing.T) {
	for err, want := range map[error]bool{
		raft.ErrNotLeader:                    true,
		raft.ErrLeadershipTransferInProgress: true,
		raft.ErrLeadershipLost:               false,
		raft.ErrAbortedByRestore:             false,
		raft.ErrRaftShutdown:                 false,
		raft.ErrEnqueueTimeout:               false,
	} {
		if got := engineError(err); certain(got) != want || !errors.Is(got, err) {
			t.Errorf("%v is certain: %v, want %v", err, certain(got), want)
		}
	}
}

// TestTickOfAnotherMemberIsNotProposed: time is the leader's alone to tell.
func TestTickOfAnotherMemberIsNotProposed(t *testing.T) {
	n := &Node{proposer: newProposer(nil, nil)}
	body := fsm.AppendList(nil, [][]byte{fsm.AppendCommand(nil, fsm.KindOpenSession, fsm.Header{}, nil), fsm.EncodeTick(1000)})
	answer, err := n.serveForward(t.Context(), "b", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeForwarded(answer); !certain(err) || len(n.proposer.proposals) > 0 {
		t.Errorf("error %v, certain %v, %d proposals", err, certain(err), len(n.proposer.proposals))
	}
}
