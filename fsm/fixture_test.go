package fsm

import (
	"bytes"
	"io"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// memorySink keeps a snapshot in memory. A write beyond limit fails with err.
type memorySink struct {
	bytes.Buffer
	limit             int
	err               error
	closed, cancelled bool
}

func (s *memorySink) Write(p []byte) (int, error) {
	if s.err != nil && s.Len()+len(p) > s.limit {
		return 0, s.err
	}
	return s.Buffer.Write(p)
}

func (s *memorySink) Close() error  { s.closed = true; return nil }
func (s *memorySink) Cancel() error { s.cancelled = true; return nil }
func (s *memorySink) ID() string    { return "memory" }

// persist returns a snapshot of the machine.
func persist(t testing.TB, m *Machine) []byte {
	t.Helper()
	snapshot, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	var sink memorySink
	if err := snapshot.Persist(&sink); err != nil || !sink.closed {
		t.Fatalf("persisted with error %v, closed %t", err, sink.closed)
	}
	return sink.Bytes()
}

// nopCloser returns a source for Restore.
func nopCloser(data []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(data)) }

// restored returns a machine made from a snapshot.
func restored(t testing.TB, snapshot []byte) *Machine {
	t.Helper()
	m := New(nil)
	if err := m.Restore(nopCloser(snapshot)); err != nil {
		t.Fatal(err)
	}
	return m
}

// commandLog returns a log slot of term 1 that carries the commands.
func commandLog(index uint64, commands ...[]byte) *raft.Log {
	return &raft.Log{Index: index, Term: 1, Type: raft.LogCommand, Data: EncodeEntry(commands)}
}

// openCommand returns the command that opens a session.
func openCommand() []byte { return AppendCommand(nil, KindOpenSession, Header{}, nil) }

// applyCommand returns a command with a body that EncodeBody would refuse, too.
func applyCommand(header Header, conditions []Condition, operations []Operation) []byte {
	return transactionCommand(header, Transaction{Conditions: conditions, Operations: operations})
}

func transactionCommand(header Header, t Transaction) []byte {
	return AppendCommand(nil, KindApply, header, appendBody(nil, t))
}

// applied applies one entry, which must not stop the machine.
func applied(t testing.TB, m *Machine, log *raft.Log) []Answer {
	t.Helper()
	response := m.Apply(log).(Applied)
	if response.Err != nil {
		t.Fatal(response.Err)
	}
	return response.Answers
}

// opened opens a session by entry index and returns its number.
func opened(t testing.TB, m *Machine, index uint64) uint64 {
	t.Helper()
	return applied(t, m, commandLog(index, openCommand()))[0].Detail
}

func parsePath(t testing.TB, text string) tree.Path {
	t.Helper()
	path, err := tree.ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func parseValue(t testing.TB, json string) tree.Value {
	t.Helper()
	value, err := tree.ParseJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// set returns a set operation.
func set(t testing.TB, path, json string) Operation {
	t.Helper()
	return Operation{Kind: OpSet, Path: parsePath(t, path), Value: parseValue(t, json)}
}
