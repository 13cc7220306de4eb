package cluster

import (
	"context"
	"errors"

	"github.com/hashicorp/raft"

	"example.com/gstate/fsm"
)

const (
	// entryBytes is the size at which an entry is full: a longer one would
	// delay the heartbeats behind it on a slow link. One command may exceed it.
	entryBytes = 1 << 20
	// entryCommands bounds the work of applying one entry.
	entryCommands = 8192
	// entriesInFlight is how many entries may wait for their commit at once.
	// While they do, new writes gather for the next entry: more in flight
	// would mean smaller entries and more flushes to disk.
	entriesInFlight = 4
	// proposalsQueued is how many batches may wait to be packed. Beyond it
	// the senders wait, which in turn fills the queue of their instances.
	proposalsQueued = 256
)

// proposer packs the commands that wait on the leader into entries. A lone
// command goes out at once; under load, what gathers while entries are in
// flight makes the next entry.
type proposer struct {
	raft *raft.Raft
	// proposals is where batches wait.
	proposals chan *proposal
	// slots has room for entriesInFlight; entries carries them in log order
	// from run to collect.
	slots   chan struct{}
	entries chan entry
	// committed is told of the last entry when nothing follows it.
	committed func(index, term uint64)
}

// proposal is a batch of encoded commands from one instance.
type proposal struct {
	commands [][]byte
	bytes    int
	// result receives one value; it has room for it.
	result chan proposed
}

// proposed is the outcome of a proposal.
type proposed struct {
	index, term uint64
	answers     []fsm.Answer
	err         error
}

// entry is what went into one Raft entry.
type entry struct {
	future    raft.ApplyFuture
	proposals []*proposal
}

func newProposer(engine *raft.Raft, committed func(index, term uint64)) *proposer {
	return &proposer{
		raft:      engine,
		proposals: make(chan *proposal, proposalsQueued),
		slots:     make(chan struct{}, entriesInFlight),
		entries:   make(chan entry, entriesInFlight),
		committed: committed,
	}
}

// propose hands over commands and waits for their answers, until ctx ends. An
// error for which certain is true says that none of them is in the log.
func (p *proposer) propose(ctx context.Context, commands [][]byte) (proposed, error) {
	batch := &proposal{commands: commands, result: make(chan proposed, 1)}
	for _, command := range commands {
		if err := fsm.CheckKind(command); err != nil {
			return proposed{}, certainError{err}
		}
		batch.bytes += len(command)
	}
	select {
	case p.proposals <- batch:
	case <-ctx.Done():
		return proposed{}, certainError{context.Cause(ctx)}
	}
	select {
	case result := <-batch.result:
		return result, result.err
	case <-ctx.Done():
		return proposed{}, context.Cause(ctx)
	}
}

// run packs entries until ctx ends. What is then in the queue was not
// proposed; its senders watch the same context.
func (p *proposer) run(ctx context.Context) {
	defer close(p.entries)
	var left *proposal
	for {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		var batch []*proposal
		if batch, left = p.gather(ctx, left); batch == nil {
			return
		}
		future := p.raft.Apply(encodeEntry(batch), 0)
		p.entries <- entry{future: future, proposals: batch}
	}
}

// gather waits for one proposal and takes all that wait beside it, as long as
// they fit. left is the one that did not.
func (p *proposer) gather(ctx context.Context, first *proposal) (batch []*proposal, left *proposal) {
	if first == nil {
		select {
		case first = <-p.proposals:
		case <-ctx.Done():
			return nil, nil
		}
	}
	batch = append(batch, first)
	commands, bytes := len(first.commands), first.bytes
	for {
		select {
		case next := <-p.proposals:
			commands += len(next.commands)
			bytes += next.bytes
			if commands > entryCommands || bytes > entryBytes {
				return batch, next
			}
			batch = append(batch, next)
		default:
			return batch, nil
		}
	}
}

func encodeEntry(batch []*proposal) []byte {
	var commands [][]byte
	for _, proposal := range batch {
		commands = append(commands, proposal.commands...)
	}
	return fsm.EncodeEntry(commands)
}

// collect waits for the entries in log order and hands out the answers, until
// run has ended. The engine answers every future, at the latest when it stops.
func (p *proposer) collect() {
	for entry := range p.entries {
		err := entry.future.Error()
		<-p.slots
		if err != nil {
			entry.fail(engineError(err))
			continue
		}
		applied := entry.future.Response().(fsm.Applied)
		entry.answer(applied)
		if len(p.entries) == 0 && len(p.proposals) == 0 {
			p.committed(applied.Index, applied.Term)
		}
	}
}

func (e entry) fail(err error) {
	for _, proposal := range e.proposals {
		proposal.result <- proposed{err: err}
	}
}

// answer gives each proposal its share of the answers.
func (e entry) answer(applied fsm.Applied) {
	if applied.Err != nil {
		e.fail(applied.Err)
		return
	}
	answers := applied.Answers
	for _, proposal := range e.proposals {
		n := len(proposal.commands)
		proposal.result <- proposed{index: applied.Index, term: applied.Term, answers: answers[:n]}
		answers = answers[n:]
	}
}

// certainError marks a failure that came before anything was written: the
// commands are certainly not in the log because of this attempt.
type certainError struct{ error }

func (e certainError) Unwrap() error { return e.error }

// certain reports whether err says that nothing was proposed.
func certain(err error) bool {
	_, ok := errors.AsType[certainError](err)
	return ok
}

// engineError tells the engine's refusals, which come before the entry is
// appended, from its other errors, which leave the outcome open: in
// particular ErrLeadershipLost does not say whether the entry is committed.
func engineError(err error) error {
	if errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrLeadershipTransferInProgress) {
		return certainError{err}
	}
	return err
}
