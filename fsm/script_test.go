package fsm

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata/script")

// A script is blocks that blank lines separate. A block is lines of input, the
// line "----" and the output that the input must have. Lines that begin with #
// are comments. The first other line is what to do; see scriptRun for the
// verbs and scriptRun.command for the commands of an entry.
const outputMark = "----"

// block is one step of a script.
type block struct {
	input  []string
	output string
}

func TestScriptsGiveTheirOutputs(t *testing.T) {
	files, err := filepath.Glob("testdata/script/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runScriptFile(t, file) })
	}
}

func runScriptFile(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run := newScriptRun(t)
	var rewritten []string
	for _, b := range parseScript(t, string(text)) {
		got := strings.TrimRight(run.step(b.lines()), "\n")
		if got != b.output && !*update {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", strings.Join(b.input, "\n"), got, b.output)
		}
		rewritten = append(rewritten, strings.Join(append(b.input, outputMark, got), "\n"))
	}
	if !*update {
		return
	}
	if err := os.WriteFile(file, []byte(strings.Join(rewritten, "\n\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

func parseScript(t *testing.T, text string) []block {
	var blocks []block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		input, output, found := strings.Cut(part, outputMark)
		if !found {
			t.Fatalf("a block without %s:\n%s", outputMark, part)
		}
		blocks = append(blocks, block{
			input:  strings.Split(strings.TrimSpace(input), "\n"),
			output: strings.Trim(output, "\n"),
		})
	}
	return blocks
}

// lines returns the input without comments.
func (b block) lines() []string {
	var lines []string
	for _, line := range b.input {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// scriptCommand is a command of a script with what its answer is explained by.
type scriptCommand struct {
	encoded     []byte
	opens       string
	transaction Transaction
}

// command reads one line of an entry:
//
//	open NAME                 opens a session, which scripts call NAME
//	resolve NAME.SEQUENCE     resolves a command of that session
//	tick MILLISECONDS         moves the clock on
//	refresh NAME, leave NAME  are about the lease of that session
//	@NAME.SEQUENCE/FLOOR ...  a command of that session; without /FLOOR it is 1
//	...                       a command of a session of the script's own
//	raw HEX                   any bytes
//
// The dots stand for "if" conditions and operations with "; " between them. The
// operations after a lone "else" are those of the other branch. Those of an
// on-leave have " & " between them.
func (r *scriptRun) command(line string) scriptCommand {
	verb, rest, _ := strings.Cut(line, " ")
	switch {
	case verb == "open":
		return scriptCommand{encoded: openCommand(), opens: rest}
	case verb == "resolve":
		name, sequence, _ := strings.Cut(rest, ".")
		header := Header{Session: r.sessions[name], Sequence: r.number(sequence)}
		return scriptCommand{encoded: AppendCommand(nil, KindResolve, header, nil)}
	case verb == "tick":
		return scriptCommand{encoded: EncodeTick(r.number(rest))}
	case verb == "refresh":
		return scriptCommand{encoded: AppendCommand(nil, KindRefresh, Header{Session: r.sessions[rest]}, nil)}
	case verb == "leave":
		return scriptCommand{encoded: AppendCommand(nil, KindLeave, Header{Session: r.sessions[rest]}, nil)}
	case verb == "raw":
		data, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
		r.must(err)
		return scriptCommand{encoded: data}
	}
	var c scriptCommand
	header := r.header(&line)
	for part := range strings.SplitSeq(line, "; ") {
		demand, isCondition := strings.CutPrefix(part, "if ")
		switch t := &c.transaction; {
		case isCondition:
			t.Conditions = append(t.Conditions, r.condition(demand))
		case part == "else":
			t.HasElse = true
		case t.HasElse:
			t.Else = append(t.Else, r.operation(part))
		default:
			t.Operations = append(t.Operations, r.operation(part))
		}
	}
	c.encoded = transactionCommand(header, c.transaction)
	return c
}

// header reads "@NAME.SEQUENCE/FLOOR " off the line. A line without it gets
// the next sequence of the script's own session, and awaits no other answer.
func (r *scriptRun) header(line *string) Header {
	text, ok := strings.CutPrefix(*line, "@")
	if !ok {
		r.sequence++
		return Header{Session: r.sessions[ownSession], Sequence: r.sequence, Floor: r.sequence}
	}
	text, *line, _ = strings.Cut(text, " ")
	name, numbers, _ := strings.Cut(text, ".")
	sequence, floor, given := strings.Cut(numbers, "/")
	if !given {
		floor = "1"
	}
	return Header{Session: r.sessions[name], Sequence: r.number(sequence), Floor: r.number(floor)}
}

func (r *scriptRun) number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	r.must(err)
	return n
}

// condition reads "kind path rest". Of a result, rest is the query beneath the
// path, " = " and the result, or "nothing".
func (r *scriptRun) condition(text string) Condition {
	word, path, rest := r.words(text)
	kind, known := ConditionKindOf(word)
	if !known {
		r.must(fmt.Errorf("unknown condition %q", word))
	}
	c := Condition{Kind: kind, Path: parsePath(r.t, path)}
	switch {
	case kind.CarriesRevision():
		c.Revision = r.number(rest)
	case kind == CondEquals:
		c.Value = parseValue(r.t, rest)
	case kind == CondResult:
		form, result, _ := strings.Cut(rest, " = ")
		query, err := tree.ParseQuery([]byte(form))
		r.must(err)
		c.Query, c.Path = query.At(c.Path), nil
		c.Sum = SumResult(tree.NullValue(), false)
		if result != "nothing" {
			c.Sum = SumResult(parseValue(r.t, result), true)
		}
	}
	return c
}

func (r *scriptRun) operation(text string) Operation {
	word, path, rest := r.words(text)
	kind, known := OperationKindOf(word)
	if !known {
		r.must(fmt.Errorf("unknown operation %q", word))
	}
	o := Operation{Kind: kind, Path: parsePath(r.t, path)}
	switch {
	case kind == OpKeepWhile:
		o.Keeper = parsePath(r.t, rest)
	case kind == OpOnLeave && rest != "":
		for part := range strings.SplitSeq(rest, " & ") {
			o.Leave = append(o.Leave, r.operation(part))
		}
	case kind.CarriesValue():
		o.Value = parseValue(r.t, rest)
	}
	return o
}

// words splits "verb path rest". The root is written as a single dot.
func (r *scriptRun) words(text string) (verb, path, rest string) {
	verb, rest, _ = strings.Cut(text, " ")
	path, rest, _ = strings.Cut(rest, " ")
	if path == "" {
		r.must(errors.New("no path: " + text))
	}
	return verb, strings.TrimPrefix(path, "."), rest
}

func (r *scriptRun) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
