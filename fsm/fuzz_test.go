package fsm

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"testing"

	"github.com/hashicorp/raft"
)

// What can be decoded is encoded to the same bytes: each command has one form,
// so that none can mean two things.
func FuzzDecodeCommand(f *testing.F) {
	f.Add(openCommand())
	f.Add(encodeCommand(f, everyCommand(f)))
	f.Add(applyCommand(Header{1, 1, 1}, nil, nil))
	f.Add(EncodeTick(250))
	f.Add(encodeCommand(f, everyLife()))
	f.Add(AppendCommand(nil, KindLeave, Header{Session: 1}, nil))
	f.Add(AppendCommand(nil, KindResolve, Header{Session: 1, Sequence: 2}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		command, err := DecodeCommand(data)
		if err != nil {
			return
		}
		if again := encodeCommand(t, command); !bytes.Equal(again, data) {
			t.Errorf("%x was decoded as %+v, which is encoded as %x", data, command, again)
		}
	})
}

// The input is an entry behind its checksum, which would keep the fuzzer out.
func FuzzDecodeEntry(f *testing.F) {
	f.Add(EncodeEntry(nil)[entryHeaderBytes:])
	f.Add(EncodeEntry([][]byte{openCommand(), {}, []byte("third")})[entryHeaderBytes:])
	f.Fuzz(func(t *testing.T, body []byte) {
		entry := sealEntry(body)
		commands, err := DecodeEntry(entry)
		if err != nil {
			return
		}
		if again := EncodeEntry(commands); !bytes.Equal(again, entry) {
			t.Errorf("%x was decoded as %x, which is encoded as %x", entry, commands, again)
		}
	})
}

// sealEntry returns the entry with that body.
func sealEntry(body []byte) []byte {
	entry := binary.LittleEndian.AppendUint32([]byte{entryVersion}, crc32.Checksum(body, castagnoli))
	return append(entry, body...)
}

func FuzzDecodeAnswers(f *testing.F) {
	f.Add(AppendAnswers(nil, nil))
	f.Add(AppendAnswers(nil, []Answer{{Code: CodeConflict, Revision: 300, At: 2, Detail: 299}, {}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		answers, err := DecodeAnswers(data)
		if err != nil {
			return
		}
		if again := AppendAnswers(nil, answers); !bytes.Equal(again, data) {
			t.Errorf("%x was decoded as %+v, which is encoded as %x", data, answers, again)
		}
	})
}

// The input is the section behind its checksum, and what follows it.
func FuzzRestore(f *testing.F) {
	data := persist(f, smallMachine(f))
	size := int(binary.LittleEndian.Uint32(data[len(snapshotMagic)+1:]))
	section, rest := data[snapshotFixedBytes:snapshotFixedBytes+size], data[snapshotFixedBytes+size:]
	f.Add(section, rest)
	f.Add([]byte{}, rest)
	f.Add([]byte{0, 0, 0, 0}, rest)
	f.Fuzz(func(t *testing.T, section, rest []byte) {
		data := append(sealSection(section), rest...)
		m := New(nil)
		if m.Restore(nopCloser(data)) != nil {
			return
		}
		if !bytes.HasPrefix(persist(t, m), sealSection(section)) {
			t.Errorf("the section %x is not that of the machine restored from it", section)
		}
		m.Apply(commandLog(m.State().Index+1, openCommand()))
	})
}

// Two replicas agree on any log, though one of them gets it in one batch and
// the other entry by entry and with a snapshot between.
func FuzzApply(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(randomPlan(seed, 300), uint8(seed*3))
	}
	f.Fuzz(func(t *testing.T, input []byte, prefix uint8) {
		if len(input) > 2000 {
			return
		}
		logs := planLogs(t, input, everything)
		want := replay(t, New(nil), logs, 0)
		throughSnapshot(t, logs, min(int(prefix), len(logs))).mustEqual(t, want, "through a snapshot")
		replay(t, New(nil), logs, 1).mustEqual(t, want, "entry by entry")
	})
}

// Commands of arbitrary bytes: each replica refuses them, or stops, alike.
func FuzzApplyCommand(f *testing.F) {
	f.Add(openCommand())
	f.Add(applyCommand(Header{sessionsPerEntry, 1, 1}, nil, everyCommand(f).Operations))
	f.Add([]byte{9, 9})
	f.Fuzz(func(t *testing.T, command []byte) {
		logs := []*raft.Log{commandLog(1, openCommand()), commandLog(2, command, openCommand())}
		one, two := New(nil), New(nil)
		want := one.ApplyBatch(logs)
		for i, log := range logs {
			if got := two.Apply(log); !reflect.DeepEqual(got, want[i]) && one.State().Err == nil {
				t.Errorf("entry %d: %+v and %+v", i+1, got, want[i])
			}
		}
		a, b := one.State(), two.State()
		if a.Tree.Digest() != b.Tree.Digest() || a.Index != b.Index || (a.Err == nil) != (b.Err == nil) {
			t.Errorf("the states differ: %+v and %+v", a, b)
		}
	})
}
