package fsm

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/hashicorp/raft"

	"example.com/gstate/tree"
)

// ownSession is the name of the session that a script has from entry 1 on.
const ownSession = "own"

// scriptRun is a machine that a script drives. The verbs:
//
//	entry [version 2 | checksum wrong | cut short]
//	                commands, a line each, in one entry; a line "next" begins
//	                another entry of the same batch. The words damage the last.
//	configuration   an entry of Raft's own
//	crowd N         one entry that opens N sessions
//	tree, sessions, state, leases
//	                what the machine holds
//	items           the value of the tree alone
//	expelled        what the last batch has removed by no operation on it
//	changes         the changes of the last batch, with their reasons and writes
//	snapshot NAME   keeps a snapshot
//	restore NAME    puts it into a new machine
//	restore NAME here
//	                puts it into this machine
type scriptRun struct {
	t         *testing.T
	machine   *Machine
	index     uint64
	sequence  uint64
	sessions  map[string]uint64
	snapshots map[string][]byte
}

func newScriptRun(t *testing.T) *scriptRun {
	r := &scriptRun{t: t, machine: New(nil), index: 1, sessions: map[string]uint64{}, snapshots: map[string][]byte{}}
	r.sessions[ownSession] = opened(t, r.machine, r.index)
	return r
}

// step executes a block and returns its output.
func (r *scriptRun) step(lines []string) string {
	verb, argument, _ := strings.Cut(lines[0], " ")
	switch verb {
	case "entry":
		return r.entries(lines[1:], argument)
	case "configuration":
		r.index++
		return r.describe(r.machine.Apply(&raft.Log{Index: r.index, Term: 1, Type: raft.LogConfiguration}), nil)
	case "crowd":
		return r.crowd(argument)
	case "tree":
		return describeTree(r.machine.State().Tree)
	case "items":
		return r.machine.State().Tree.Root().Value().String()
	case "expelled":
		return r.describeExpelled()
	case "changes":
		return r.describeChanges()
	case "sessions":
		return r.describeSessions()
	case "state":
		return r.describeState()
	case "leases":
		return r.describeLeases()
	case "snapshot":
		return r.snapshot(argument)
	case "restore":
		return r.restore(argument)
	}
	r.t.Fatalf("unknown verb %q", verb)
	return ""
}

// entries applies one batch.
func (r *scriptRun) entries(lines []string, damage string) string {
	var logs []*raft.Log
	var commands [][]scriptCommand
	for group := range strings.SplitSeq(strings.Join(lines, "\n"), "\nnext\n") {
		var entry []scriptCommand
		var encoded [][]byte
		for line := range strings.SplitSeq(group, "\n") {
			command := r.command(line)
			entry, encoded = append(entry, command), append(encoded, command.encoded)
		}
		r.index++
		logs, commands = append(logs, commandLog(r.index, encoded...)), append(commands, entry)
	}
	last := logs[len(logs)-1]
	switch damage {
	case "version 2":
		last.Data[0] = 2
	case "checksum wrong":
		last.Data[1] ^= 1
	case "cut short":
		last.Data = last.Data[:len(last.Data)-1]
	}
	var text strings.Builder
	for i, response := range r.machine.ApplyBatch(logs) {
		text.WriteString(r.describe(response, commands[i]))
	}
	return text.String()
}

// describe returns a line for each answer. It learns the numbers of sessions.
func (r *scriptRun) describe(response any, commands []scriptCommand) string {
	got := response.(Applied)
	if got.Err != nil {
		return fmt.Sprintf("%d: stopped: %v\n", got.Index, got.Err)
	}
	text := fmt.Sprintf("%d:\n", got.Index)
	for i, answer := range got.Answers {
		command := commands[i]
		if err := answer.Explain(command.transaction); err != nil {
			text += fmt.Sprintf("  %v\n", err)
		} else if command.opens != "" {
			r.sessions[command.opens] = answer.Detail
			text += fmt.Sprintf("  session %d\n", answer.Detail)
		} else {
			text += fmt.Sprintf("  %s (revision %d)\n", describeSuccess(answer), answer.Revision)
		}
	}
	return text
}

// describeSuccess tells the branch and the results of a command that was made.
func describeSuccess(a Answer) string {
	text := "ok"
	if a.Else {
		text = fmt.Sprintf("else, as condition %d does not hold", a.At)
	}
	for _, result := range a.Results {
		text += " " + result.String()
	}
	return text
}

func (r *scriptRun) crowd(argument string) string {
	n := r.number(argument)
	var commands [][]byte
	for range n {
		commands = append(commands, openCommand())
	}
	r.index++
	answers := applied(r.t, r.machine, commandLog(r.index, commands...))
	return fmt.Sprintf("%d: sessions %d to %d", r.index, answers[0].Detail, answers[n-1].Detail)
}

func (r *scriptRun) snapshot(name string) string {
	snapshot, err := r.machine.Snapshot()
	if err != nil {
		return fmt.Sprintf("refused: %v", err)
	}
	var sink memorySink
	r.must(snapshot.Persist(&sink))
	r.snapshots[name] = sink.Bytes()
	return "taken"
}

func (r *scriptRun) restore(argument string) string {
	name, here, _ := strings.Cut(argument, " ")
	if here == "" {
		r.machine = New(nil)
	}
	if err := r.machine.Restore(nopCloser(r.snapshots[name])); err != nil {
		return "refused: " + err.Error()
	}
	return r.describeState()
}

func (r *scriptRun) describeState() string {
	state := r.machine.State()
	text := fmt.Sprintf("entry %d, revision %d, %d items", state.Index, state.Tree.Revision(), state.Tree.Len())
	if state.Err != nil {
		text += fmt.Sprintf("\nstopped: %v", state.Err)
	}
	return text
}

func (r *scriptRun) describeSessions() string {
	var text strings.Builder
	for _, s := range r.machine.sessions.freeze().sessions {
		fmt.Fprintf(&text, "%d: used by entry %d at %d, floor %d, answers", s.id, s.used, s.seen, s.floor)
		for i, slot := range s.answers {
			if slot.answered {
				fmt.Fprintf(&text, " %d", s.floor+uint64(i))
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

// describeLeases tells the clock, when it is needed next, and a line for each
// item and each session of the script with a lease.
func (r *scriptRun) describeLeases() string {
	state := r.machine.State()
	text := fmt.Sprintf("clock %d", state.Clock)
	if wait, ok := state.NextTick(); ok {
		text += fmt.Sprintf(", needed in %d", wait)
	}
	all, _ := state.Lives.Get(tree.Path{livesOf})
	var lines []string
	for _, item := range all.Children() {
		held := lifeOf(item)
		if held.isSession() || held.ttl == 0 {
			continue
		}
		left, ok := state.Lease(held.path)
		lines = append(lines, fmt.Sprintf("\n%v: %d of %d left, held: %v, begun: %v", held.path, left, held.ttl, ok, held.begun))
	}
	for name, session := range r.sessions {
		if left, ok := state.SessionLease(session); ok {
			lines = append(lines, fmt.Sprintf("\nsession %s: %d left", name, left))
		}
	}
	slices.Sort(lines)
	return text + strings.Join(lines, "")
}

func (r *scriptRun) describeExpelled() string {
	var lines []string
	for _, change := range r.machine.State().Changes {
		for _, gone := range change.Expelled {
			lines = append(lines, fmt.Sprintf("%v at revision %d: %v", gone.Path, gone.Revision, gone.Reason))
		}
	}
	return strings.Join(lines, "\n")
}

func (r *scriptRun) describeChanges() string {
	var lines []string
	for _, change := range r.machine.State().Changes {
		lines = append(lines, fmt.Sprintf("revision %d: %v", change.Revision, change.Reasons))
		for _, write := range change.Writes {
			lines = append(lines, fmt.Sprintf("  %v %v", write.Path, write.Value))
		}
	}
	return strings.Join(lines, "\n")
}

// describeTree returns a line for each item.
func describeTree(t *tree.Tree) string {
	var text strings.Builder
	fmt.Fprintf(&text, "revision %d\n", t.Revision())
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	describeItem(table, nil, t.Root())
	table.Flush()
	return text.String()
}

func describeItem(w io.Writer, path tree.Path, item tree.Item) {
	content := item.Kind().String()
	if item.IsLeaf() {
		content = item.Value().String()
	}
	fmt.Fprintf(w, "%s\t%s\tcreated %d\tmodified %d\tnewest %d\tversion %d\n",
		"."+path.String(), content, item.Created(), item.Modified(), item.Newest(), item.Version())
	for key, child := range item.Children() {
		describeItem(w, path.Child(key), child)
	}
}
