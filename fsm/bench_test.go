package fsm

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// benchmarkItems is the size of the tree that entries are applied to.
const benchmarkItems = 10_000

// benchmarkOperation writes 128 bytes to one of the items.
func benchmarkOperation(i int) []Operation {
	path := tree.Path{fmt.Sprintf("group%d", i%(benchmarkItems/100)), fmt.Sprintf("item%d", i%99)}
	return []Operation{{Kind: OpSet, Path: path, Value: tree.StringValue(fmt.Sprintf("%0128d", i))}}
}

// grown returns a machine with a session and n items.
func grown(b *testing.B, n int) (m *Machine, session uint64) {
	b.Helper()
	m = New(nil)
	session = opened(b, m, 1)
	for group := range n / 100 {
		members := map[string]tree.Value{}
		for i := range 99 {
			members[fmt.Sprintf("item%d", i)] = tree.StringValue(strings.Repeat("x", 128))
		}
		operation := Operation{Kind: OpInsert, Path: tree.Path{fmt.Sprintf("group%d", group)}, Value: tree.ObjectValue(members)}
		header := Header{session, uint64(group + 1), uint64(group + 1)}
		applied(b, m, commandLog(uint64(group+2), applyCommand(header, nil, []Operation{operation})))
	}
	if got := m.State().Tree.Len(); got != n {
		b.Fatalf("%d items, want %d", got, n)
	}
	return m, session
}

// benchmarkEntries returns n entries to be applied to a grown machine one after
// the other. The window is kept short, as instances do.
func benchmarkEntries(session uint64, n, commands int) []*raft.Log {
	logs := make([]*raft.Log, 0, n)
	sequence := uint64(benchmarkItems)
	for entry := range n {
		encoded := make([][]byte, 0, commands)
		floor := sequence + 1
		for range commands {
			sequence++
			encoded = append(encoded, applyCommand(Header{session, sequence, floor}, nil, benchmarkOperation(int(sequence))))
		}
		logs = append(logs, commandLog(uint64(benchmarkItems+entry), encoded...))
	}
	return logs
}

func BenchmarkApply(b *testing.B) {
	for _, commands := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("entries of %d commands", commands), func(b *testing.B) {
			m, session := grown(b, benchmarkItems)
			logs := benchmarkEntries(session, 1+100_000/commands/10, commands)
			snapshot := persist(b, m)
			next := 0
			b.ReportAllocs()
			for b.Loop() {
				if next == len(logs) {
					b.StopTimer()
					m, next = restored(b, snapshot), 0
					b.StartTimer()
				}
				m.Apply(logs[next])
				next++
			}
			b.ReportMetric(float64(b.N*commands)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}

func BenchmarkCommand(b *testing.B) {
	operations := benchmarkOperation(1)
	body, err := EncodeBody(Transaction{Operations: operations})
	if err != nil {
		b.Fatal(err)
	}
	header := Header{Session: 1 << 20, Sequence: 1 << 20, Floor: 1 << 20}
	command := AppendCommand(nil, KindApply, header, body)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			body, _ := EncodeBody(Transaction{Operations: operations})
			AppendCommand(nil, KindApply, header, body)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeCommand(command); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEntry(b *testing.B) {
	logs := benchmarkEntries(1<<20, 1, 1024)
	commands, err := DecodeEntry(logs[0].Data)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode 1024 commands", func(b *testing.B) {
		b.SetBytes(int64(len(logs[0].Data)))
		b.ReportAllocs()
		for b.Loop() {
			EncodeEntry(commands)
		}
	})
	b.Run("decode 1024 commands", func(b *testing.B) {
		b.SetBytes(int64(len(logs[0].Data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeEntry(logs[0].Data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSnapshot(b *testing.B) {
	for _, items := range []int{1_000, 10_000, 100_000} {
		m, _ := grown(b, items)
		data := persist(b, m)
		b.Run(fmt.Sprintf("take %d items", items), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Snapshot(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("persist %d items", items), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				mustWrite(b, m, io.Discard)
			}
		})
		b.Run(fmt.Sprintf("restore %d items", items), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				restored(b, data)
			}
		})
	}
}

func mustWrite(b *testing.B, m *Machine, w io.Writer) {
	b.Helper()
	taken, err := m.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	if err := taken.(*snapshot).write(w); err != nil {
		b.Fatal(err)
	}
}
