package fsm

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// batch is the work of one ApplyBatch.
type batch struct {
	state    State
	draft    *Draft
	sessions *sessionTable
}

// run applies the entries and takes the new tree. An error is a broken
// invariant of ours, which must not end the process that we are embedded in:
// the draft may then be half made, and nothing of the batch may be shown.
func (b *batch) run(logs []*raft.Log, responses []any) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("applying entries %d to %d: panic: %v\n%s", logs[0].Index, logs[len(logs)-1].Index, cause, debug.Stack())
		}
	}()
	for i, log := range logs {
		responses[i] = b.entry(log)
	}
	b.state.Tree, b.state.Lives, b.state.Changes = b.draft.Tree(), b.draft.lives.edit.Tree(), b.draft.Changes()
	return nil
}

// entry applies one entry. One that cannot be read stops the machine, with the
// tree as the entries before it have left it.
func (b *batch) entry(log *raft.Log) Applied {
	applied := Applied{Index: log.Index, Term: log.Term}
	if b.state.Err == nil && log.Type == raft.LogCommand {
		answers, err := b.commands(log)
		if err != nil {
			b.state.Err = fmt.Errorf("entry %d of term %d cannot be applied, and this replica has stopped: %w", log.Index, log.Term, err)
		}
		applied.Answers = answers
	}
	if applied.Err = b.state.Err; applied.Err == nil {
		b.state.Index, b.state.Term = log.Index, log.Term
		b.state.Bytes += uint64(len(log.Data))
	}
	return applied
}

// commands applies the commands of one entry. Its error is about the entry:
// what is wrong with one command is that command's answer. A command of an
// unknown kind is found before any other of the entry is applied.
func (b *batch) commands(log *raft.Log) ([]Answer, error) {
	encoded, err := DecodeEntry(log.Data)
	if err != nil {
		return nil, err
	}
	for i, data := range encoded {
		if err := CheckKind(data); errors.Is(err, tree.ErrVersion) {
			return nil, fmt.Errorf("command %d: %w", i+1, err)
		}
	}
	b.draft.expect(len(encoded))
	answers := make([]Answer, len(encoded))
	for i, data := range encoded {
		answers[i] = b.command(data, log.Index)
	}
	return answers, nil
}

// command executes one encoded command and returns its answer, or the answer
// that the same command got before. One that cannot be decoded is refused; it
// uses up no sequence, since its header cannot be believed.
func (b *batch) command(data []byte, index uint64) Answer {
	command, err := DecodeCommand(data)
	if err != nil {
		return b.answer(Answer{Code: codeOf(err)})
	}
	switch command.Kind {
	case KindOpenSession:
		return b.answer(Answer{Detail: b.sessions.open(index)})
	case KindResolve:
		return b.resolve(command.Header)
	case KindTick:
		b.state.Clock = min(b.state.Clock+command.Elapsed, clockMax)
		b.draft.tick(b.state.Clock)
		b.sessions.tick(b.state.Clock)
		return b.answer(Answer{})
	case KindRefresh:
		return b.refresh(command.Header.Session, index)
	case KindLeave:
		b.draft.endSession(command.Header.Session)
		return b.answer(Answer{})
	}
	claimed, code := b.sessions.claim(command.Header, index)
	if code != CodeOK {
		return b.answer(Answer{Code: code})
	}
	if !claimed.answered {
		b.draft.session = command.Header.Session
		*claimed = slot{answered: true, answer: b.draft.Apply(command.Transaction)}
	}
	return claimed.answer
}

// resolve returns the answer to a command, which from now on has one.
func (b *batch) resolve(header Header) Answer {
	found, code := b.sessions.find(header)
	if code != CodeOK {
		return b.answer(Answer{Code: code})
	}
	if !found.answered {
		*found = slot{answered: true, answer: b.answer(Answer{Code: CodeGivenUp})}
	}
	return found.answer
}

// refresh grants the lease of a session again.
func (b *batch) refresh(session, index uint64) Answer {
	if !b.draft.refreshSession(session) {
		return b.answer(Answer{Code: CodeNotFound})
	}
	b.sessions.use(session, index)
	return b.answer(Answer{})
}

// answer completes an answer with the tree's present revision.
func (b *batch) answer(a Answer) Answer {
	a.Revision = b.draft.edit.Revision()
	return a
}
