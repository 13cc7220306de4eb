package fsm

import (
	"bytes"
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

// golden reads testdata/golden/name: hexadecimal digits with spaces, and
// comments behind #. A golden file is what a release has written to disks. It
// is never edited: a new version of a format gets a file of its own, and the
// old one must still be read.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/golden/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	data, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// mustBeGolden compares what this build writes with what was written.
func mustBeGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	if !bytes.Equal(got, golden(t, name)) {
		t.Errorf("%s: this build writes\n%s", name, hex.Dump(got))
	}
}

func TestCommandFormatIsThatOfVersion1(t *testing.T) {
	mustBeGolden(t, "command_apply.v1", encodeCommand(t, everyCommand(t)))
	mustBeGolden(t, "command_open.v1", openCommand())
	mustBeGolden(t, "command_tick.v1", EncodeTick(250))
	mustBeGolden(t, "command_resolve.v1", AppendCommand(nil, KindResolve, Header{Session: 4096, Sequence: 300}, nil))
	mustBeGolden(t, "command_refresh.v1", AppendCommand(nil, KindRefresh, Header{Session: 4096}, nil))
	mustBeGolden(t, "command_leave.v1", AppendCommand(nil, KindLeave, Header{Session: 4096}, nil))
	mustBeGolden(t, "command_life.v1", encodeCommand(t, everyLife()))
	mustBeGolden(t, "command_link.v1", encodeCommand(t, links(t)))
	command, err := DecodeCommand(golden(t, "command_link.v1"))
	if err != nil || !reflect.DeepEqual(command, links(t)) {
		t.Errorf("read as %+v with error %v", command, err)
	}
	command, err = DecodeCommand(golden(t, "command_life.v1"))
	if err != nil || !reflect.DeepEqual(command, everyLife()) {
		t.Errorf("read as %+v with error %v", command, err)
	}
	command, err = DecodeCommand(golden(t, "command_apply.v1"))
	if err != nil || !reflect.DeepEqual(command, everyCommand(t)) {
		t.Errorf("read as %+v with error %v", command, err)
	}
}

func TestEntryFormatIsThatOfVersion1(t *testing.T) {
	commands := [][]byte{golden(t, "command_open.v1"), golden(t, "command_apply.v1"), {}}
	mustBeGolden(t, "entry.v1", EncodeEntry(commands))
	got, err := DecodeEntry(golden(t, "entry.v1"))
	if err != nil || !reflect.DeepEqual(got, commands) {
		t.Errorf("read as %x with error %v", got, err)
	}
}

// The tree of a snapshot has a version of its own, and golden files in its own
// package: here only what stands before it is compared byte by byte.
func TestSnapshotFormatIsThatOfVersion1(t *testing.T) {
	m := smallMachine(t)
	data := golden(t, "snapshot.v1")
	head := (&snapshot{state: m.State(), sessions: m.sessions.freeze()}).head()
	if !bytes.HasPrefix(data, head) {
		t.Errorf("this build writes\n%s", hex.Dump(persist(t, m)))
	}
	if !bytes.Equal(persist(t, restored(t, data)), persist(t, m)) {
		t.Error("the machine restored from it differs from the one that it was made of")
	}
}

// TestLivesHaveTheFormOfVersion1: a snapshot brings the tree of lives as it is,
// so that its form is a format, too.
func TestLivesHaveTheFormOfVersion1(t *testing.T) {
	l := newLeaser(t)
	expire := func(key string, ttl int64) Operation {
		return Operation{Kind: OpExpire, Path: tree.Path{key}, Value: tree.IntValue(ttl)}
	}
	l.insert("due")
	l.apply(l.command(expire("due", 1000)), EncodeTick(5), EncodeTick(7))
	l.insert("next")
	l.apply(l.command(expire("next", 2000)), EncodeTick(1))
	l.insert("kept", Operation{Kind: OpKeepWhile, Keeper: tree.Path{"due"}}, Operation{Kind: OpEphemeral, Value: tree.IntValue(3000)})
	l.insert("leaves", Operation{Kind: OpOnLeave, Leave: []Operation{{Kind: OpDelete, Path: tree.Path{"due"}}}})
	want, err := os.ReadFile("testdata/golden/lives.v1")
	if got := l.m.State().Lives.Root().Value().String() + "\n"; err != nil || got != string(want) {
		t.Errorf("this build has, with error %v,\n%s", err, got)
	}
}
