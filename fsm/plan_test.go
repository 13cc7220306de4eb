package fsm

import (
	"math/rand/v2"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// vocabulary is what plans choose from.
type vocabulary struct {
	values []string
	kinds  []OperationKind
}

var (
	// planPaths are few, so that commands meet.
	planPaths = []string{"", "a", "a", "b", "a.a", "a.b", "b.a", "a.a.a", "c"}

	// plain has no arrays, whose rules the naive model does not know.
	plain = vocabulary{plainValues, []OperationKind{
		OpSet, OpInsert, OpUpdate, OpReplace, OpRemove, OpDelete, OpAdd, OpMin, OpMax, OpCreate, OpExpire, OpExpire, OpPersist,
		OpKeepWhile, OpKeepWhile, OpEphemeral, OpOnLeave,
	}}
	// living is mostly of how long items live.
	living = vocabulary{plainValues, []OperationKind{
		OpInsert, OpInsert, OpSet, OpReplace, OpRemove, OpDelete, OpDelete, OpCreate,
		OpExpire, OpPersist, OpKeepWhile, OpKeepWhile, OpKeepWhile, OpEphemeral, OpOnLeave,
	}}
	everything = vocabulary{allValues, append([]OperationKind{OpAppend, OpUnion, OpDifference}, plain.kinds...)}

	plainValues = []string{`1`, `2`, `"s"`, `null`, `{}`, `{"a":1}`, `{"b":{"a":2}}`, `{"a":{},"b":2}`, `{"c":{"c":{"c":3}}}`}

	allValues = append([]string{`[]`, `[1,2]`, `{"a":[{"b":1},2]}`, `1.0`, `{"_":"$bytes","base64":"AAE="}`, `{"_":"$ref","path":"a"}`}, plainValues...)
)

// plan makes a log from bytes: any input gives one, and the same input gives
// the same one. What it makes is mostly good: commands of open sessions in
// order. Some of it is retries, numbers that were forgotten, sessions that are
// not, and commands that no encoder wrote.
type plan struct {
	t      testing.TB
	input  []byte
	values []tree.Value
	kinds  []OperationKind
	paths  []tree.Path

	logs     []*raft.Log
	commands [][]byte
	// last is the number of the session opened last, as the table has it.
	last     uint64
	sessions []uint64
	// sequences holds the last sequence of each session.
	sequences map[uint64]uint64
}

// planLogs returns the log that input stands for.
func planLogs(t testing.TB, input []byte, words vocabulary) []*raft.Log {
	p := &plan{t: t, input: input, kinds: words.kinds, sequences: map[uint64]uint64{}}
	for _, json := range words.values {
		p.values = append(p.values, parseValue(t, json))
	}
	for _, text := range planPaths {
		p.paths = append(p.paths, parsePath(t, text))
	}
	for len(p.input) > 0 {
		p.entry()
	}
	return p.logs
}

// randomPlan returns a plan of n bytes that depends on seed alone.
func randomPlan(seed uint64, n int) []byte {
	input := make([]byte, n)
	source := rand.New(rand.NewPCG(seed, 0))
	for i := range input {
		input[i] = byte(source.Uint32())
	}
	return input
}

// next returns a number below n, 0 at the end of the input.
func (p *plan) next(n int) int {
	if len(p.input) == 0 {
		return 0
	}
	b := p.input[0]
	p.input = p.input[1:]
	return int(b) % n
}

func (p *plan) entry() {
	index := uint64(len(p.logs) + 1)
	if p.next(20) == 19 {
		p.logs = append(p.logs, &raft.Log{Index: index, Term: 1, Type: raft.LogConfiguration, Data: []byte("members")})
		return
	}
	var commands [][]byte
	for range p.next(6) {
		commands = append(commands, p.command(index))
	}
	p.commands = append(p.commands, commands...)
	p.logs = append(p.logs, commandLog(index, commands...))
}

func (p *plan) command(index uint64) []byte {
	switch choice := p.next(24); {
	case choice == 0 || len(p.sessions) == 0:
		return p.open(index)
	case choice == 1 && len(p.commands) > 0:
		return p.retry(p.commands[p.next(len(p.commands))])
	case choice == 2:
		return p.damaged()
	case choice == 3:
		return p.resolve()
	case choice == 4:
		return EncodeTick(uint64(100 * p.next(8)))
	case choice == 5:
		kind := []Kind{KindRefresh, KindRefresh, KindLeave}[p.next(3)]
		return AppendCommand(nil, kind, Header{Session: p.sessions[p.next(len(p.sessions))]}, nil)
	}
	return transactionCommand(p.header(), p.transaction())
}

func (p *plan) open(index uint64) []byte {
	p.last = max(p.last+1, index*sessionsPerEntry)
	p.sessions = append(p.sessions, p.last)
	return openCommand()
}

// resolve resolves a command that has come or may yet come.
func (p *plan) resolve() []byte {
	session := p.sessions[p.next(len(p.sessions))]
	header := Header{Session: session, Sequence: uint64(p.next(int(p.sequences[session]) + 4))}
	if p.next(8) == 0 {
		header.Floor = 1
	}
	return AppendCommand(nil, KindResolve, header, nil)
}

// retry repeats a command, but does not open a session unforeseen.
func (p *plan) retry(command []byte) []byte {
	if Kind(command[0]) == KindOpenSession {
		return p.damaged()
	}
	return command
}

// damaged returns a command that is cut or changed somewhere after its kind
// and version.
func (p *plan) damaged() []byte {
	command := transactionCommand(p.header(), p.transaction())
	at := 2 + p.next(len(command)-2)
	if p.next(2) == 0 {
		return command[:at]
	}
	command[at] ^= byte(1 + p.next(255))
	return command
}

func (p *plan) header() Header {
	if p.next(16) == 0 {
		return Header{Session: uint64(p.next(3)), Sequence: 1, Floor: 1}
	}
	session := p.sessions[p.next(len(p.sessions))]
	last := p.sequences[session]
	header := Header{Session: session, Sequence: last + 1}
	switch p.next(8) {
	case 0:
		header.Sequence = uint64(p.next(int(last) + 1))
	case 1:
		header.Sequence = last + 3
	}
	p.sequences[session] = max(last, header.Sequence)
	header.Floor = header.Sequence - min(uint64(p.next(5)), header.Sequence)
	return header
}

func (p *plan) path() tree.Path   { return p.paths[p.next(len(p.paths))] }
func (p *plan) value() tree.Value { return p.values[p.next(len(p.values))] }

func (p *plan) transaction() Transaction {
	var t Transaction
	for range max(p.next(5)-2, 0) {
		t.Conditions = append(t.Conditions, p.condition())
	}
	t.Operations = p.operations()
	if t.HasElse = p.next(4) == 0; t.HasElse {
		t.Else = p.operations()
	}
	return t
}

func (p *plan) condition() Condition {
	c := Condition{Kind: ConditionKind(1 + p.next(7)), Path: p.path()}
	switch {
	case c.Kind.CarriesRevision():
		c.Revision = uint64(p.next(1 + len(p.commands)/2))
	case c.Kind == CondEquals:
		c.Value = p.value()
	case c.Kind == CondResult:
		c.Query, c.Path = tree.Subtree(c.Path), nil
		c.Sum = SumResult(p.value(), p.next(4) > 0)
	}
	return c
}

func (p *plan) operations() []Operation {
	var operations []Operation
	for range max(p.next(6)-1, 1) {
		operations = append(operations, p.operation())
	}
	// Some are about what the one before has written.
	for i := 1; i < len(operations); i++ {
		if operations[i].Kind >= OpExpire && p.next(2) == 0 {
			operations[i].Path = nil
		}
	}
	return operations
}

func (p *plan) operation() Operation {
	o := Operation{Kind: p.kinds[p.next(len(p.kinds))], Path: p.path()}
	switch o.Kind {
	case OpAdd, OpMin, OpMax:
		o.Value = tree.IntValue(int64(p.next(5)) - 2)
		if p.next(8) == 0 {
			o.Value = tree.FloatValue(o.Value.Float() + 0.5)
		}
	case OpKeepWhile:
		o.Keeper = p.path()
	case OpOnLeave:
		for range p.next(4) {
			o.Leave = append(o.Leave, p.plainOperation())
		}
	case OpExpire, OpEphemeral:
		o.Value = tree.IntValue(int64(50 + 100*p.next(8)))
	case OpUnion, OpDifference:
		o.Value = tree.ArrayValue(p.value(), p.value())
	default:
		if o.Kind.CarriesValue() {
			o.Value = p.value()
		}
	}
	return o
}

// plainOperation returns one that may be made when an item leaves, mostly.
func (p *plan) plainOperation() Operation {
	for range 8 {
		if o := p.operation(); o.Kind.plain() {
			return o
		}
	}
	return Operation{Kind: OpDelete, Path: p.path()}
}
