package fsm

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/gstate/tree"
)

// everyCommand has each kind of condition, and of operation but those of
// everyLife.
func everyCommand(t testing.TB) Command {
	t.Helper()
	path := tree.Path{"users", "x.y", ""}
	value := parseValue(t, `{"n":[1,2.5,"text",null,true],"b":{"_":"$bytes","base64":"AAE="}}`)
	query, err := tree.ParseQuery([]byte(`{"users":{"_":"$key"}}`))
	if err != nil {
		t.Fatal(err)
	}
	transaction := Transaction{
		Conditions: []Condition{
			{Kind: CondExists, Path: path},
			{Kind: CondMissing, Path: tree.Path{"b"}},
			{Kind: CondUnmodified, Revision: math.MaxUint64},
			{Kind: CondEquals, Path: path, Value: value},
			{Kind: CondItemUnmodified, Path: path, Revision: 8},
			{Kind: CondHeld, Path: tree.Path{"b"}, Revision: 9},
			{Kind: CondResult, Query: query, Sum: SumResult(tree.ArrayValue(), true)},
		},
		Operations: []Operation{
			{Kind: OpSet, Value: value},
			{Kind: OpInsert, Path: path, Value: tree.IntValue(math.MinInt64)},
			{Kind: OpUpdate, Path: path, Value: tree.NullValue()},
			{Kind: OpReplace, Path: path, Value: tree.StringValue("é")},
			{Kind: OpRemove, Path: path},
			{Kind: OpDelete, Path: tree.Path{"b"}},
			{Kind: OpAdd, Path: path, Value: tree.IntValue(-1)},
			{Kind: OpMin, Path: path, Value: tree.FloatValue(2.5)},
			{Kind: OpMax, Path: path, Value: tree.IntValue(3)},
			{Kind: OpAppend, Path: path, Value: tree.NullValue()},
			{Kind: OpUnion, Path: path, Value: tree.ArrayValue(tree.BoolValue(true))},
			{Kind: OpDifference, Path: path, Value: tree.ArrayValue()},
			{Kind: OpCreate, Value: tree.StringValue("job")},
			{Kind: OpExpire, Path: path, Value: tree.IntValue(10_000)},
			{Kind: OpPersist, Path: tree.Path{"b"}},
		},
		Else:    []Operation{{Kind: OpDelete, Path: path}},
		HasElse: true,
	}
	return Command{Kind: KindApply, Header: Header{Session: 4096, Sequence: 300, Floor: 7}, Transaction: transaction}
}

// everyLife has each kind of operation on what an item lives with.
func everyLife() Command {
	path := tree.Path{"users", "x.y"}
	return Command{
		Kind:   KindApply,
		Header: Header{Session: 4096, Sequence: 300, Floor: 7},
		Transaction: Transaction{Operations: []Operation{
			{Kind: OpKeepWhile, Path: path, Keeper: tree.Path{"b"}},
			{Kind: OpEphemeral, Path: nil, Value: tree.IntValue(10_000)},
			{Kind: OpOnLeave, Path: nil, Leave: []Operation{
				{Kind: OpSet, Path: tree.Path{"b"}, Value: tree.IntValue(1)},
				{Kind: OpDelete, Path: path},
			}},
			{Kind: OpOnLeave, Path: path},
		}},
	}
}

// links has a link wherever a command has values.
func links(t testing.TB) Command {
	t.Helper()
	query, err := tree.ParseQuery([]byte(`{"_":"$count","where":{"b":{"_":"$ref","path":"users"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	link := tree.LinkValue(tree.Path{"users", "x.y"})
	return Command{
		Kind:   KindApply,
		Header: Header{Session: 4096, Sequence: 300, Floor: 7},
		Transaction: Transaction{
			Conditions: []Condition{
				{Kind: CondEquals, Path: tree.Path{"b"}, Value: link},
				{Kind: CondResult, Query: query, Sum: SumResult(link, true)},
			},
			Operations: []Operation{
				{Kind: OpSet, Path: tree.Path{"b"}, Value: link},
				{Kind: OpAppend, Path: tree.Path{"c"}, Value: tree.ArrayValue(tree.LinkValue(nil))},
			},
		},
	}
}

func TestCommandIsDecodedAsItWasEncoded(t *testing.T) {
	for name, command := range map[string]Command{
		"every condition and operation": everyCommand(t),
		"links":                         links(t),
		"neither":                       {Kind: KindApply, Header: Header{Session: 1, Sequence: 1, Floor: 1}},
		"opening a session":             {Kind: KindOpenSession},
		"resolving a command":           {Kind: KindResolve, Header: Header{Session: 1, Sequence: 2}},
		"a tick":                        {Kind: KindTick, Elapsed: MaxLease},
		"the greatest numbers":          {Kind: KindApply, Header: Header{math.MaxUint64, math.MaxUint64, math.MaxUint64}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeCommand(encodeCommand(t, command))
			if err != nil || !reflect.DeepEqual(got, command) {
				t.Errorf("got %+v with error %v, want %+v", got, err, command)
			}
		})
	}
}

// encodeCommand encodes as a caller does.
func encodeCommand(t testing.TB, command Command) []byte {
	t.Helper()
	switch command.Kind {
	case KindOpenSession, KindResolve, KindRefresh, KindLeave:
		return AppendCommand(nil, command.Kind, command.Header, nil)
	case KindTick:
		return EncodeTick(command.Elapsed)
	}
	body, err := EncodeBody(command.Transaction)
	if err != nil {
		t.Fatal(err)
	}
	return AppendCommand(nil, command.Kind, command.Header, body)
}

func TestDecodedCommandSharesNoMemory(t *testing.T) {
	data := encodeCommand(t, everyCommand(t))
	command, err := DecodeCommand(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !reflect.DeepEqual(command, everyCommand(t)) {
		t.Error("the command changed with the input")
	}
}

func TestDecodeCommandRefusesEveryTruncation(t *testing.T) {
	data := encodeCommand(t, everyCommand(t))
	for n := range data {
		if _, err := DecodeCommand(data[:n]); err == nil {
			t.Errorf("the first %d bytes of %d were accepted", n, len(data))
		}
	}
}

func TestDecodeCommandTakesNoMemoryForAFalseCount(t *testing.T) {
	header := AppendCommand(nil, KindApply, Header{1, 1, 1}, nil)
	data := append(header, 0, 0x80, 0x80, 0x40) // no conditions, 2^20 operations
	data = append(data, bytes.Repeat([]byte{byte(OpSet), 0, 0}, 1<<20)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := DecodeCommand(data)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, tree.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes of memory taken to refuse a count", taken)
	}
}

func TestCheckKind(t *testing.T) {
	tests := []struct {
		name    string
		command []byte
		want    error
	}{
		{"opening a session", openCommand(), nil},
		{"conditions and operations", applyCommand(Header{}, nil, nil), nil},
		{"nothing", nil, tree.ErrInvalid},
		{"a kind alone", []byte{byte(KindApply)}, tree.ErrInvalid},
		{"kind 0", []byte{0, commandVersion}, tree.ErrVersion},
		{"resolving", []byte{byte(KindResolve), commandVersion}, nil},
		{"a tick", EncodeTick(250), nil},
		{"the next kind", []byte{byte(kindLast) + 1, commandVersion}, tree.ErrVersion},
		{"version 0", []byte{byte(KindApply), 0}, tree.ErrVersion},
		{"the next version", []byte{byte(KindApply), commandVersion + 1}, tree.ErrVersion},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckKind(test.command); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestEncodeBodyRefuses(t *testing.T) {
	a, long := tree.Path{"a"}, strings.Repeat("x", tree.MaxValueBytes)
	five := make([]Operation, 5)
	for i := range five {
		five[i] = Operation{Kind: OpSet, Path: a, Value: tree.StringValue(long)}
	}
	many := make([]Operation, MaxOperations+1)
	for i := range many {
		many[i] = Operation{Kind: OpDelete, Path: a}
	}
	tests := []struct {
		name       string
		conditions []Condition
		operations []Operation
		want       error
		text       string
	}{
		{"an unknown operation", nil, []Operation{{Kind: 19, Path: a}}, tree.ErrInvalid, "operation 1: invalid: unknown operation(19)"},
		{"no operation kind", nil, []Operation{{Path: a}}, tree.ErrInvalid, "operation(0)"},
		{"kind 0", nil, []Operation{{Path: a}}, tree.ErrInvalid, "operation 1: invalid: unknown operation(0)"},
		{"an addition of text", nil, []Operation{{Kind: OpAdd, Path: a, Value: tree.StringValue("1")}}, tree.ErrInvalid, "operation 1: invalid: add takes a number, not string"},
		{"an addition of what is no number", nil, []Operation{{Kind: OpAdd, Path: a, Value: tree.FloatValue(math.NaN())}}, tree.ErrInvalid, "NaN"},
		{"a union with one element", nil, []Operation{{Kind: OpUnion, Path: a, Value: tree.IntValue(1)}}, tree.ErrInvalid, "operation 1: invalid: union takes an array of elements, not int"},
		{"an element beneath the deepest path", nil, []Operation{{Kind: OpAppend, Path: slices.Repeat(a, tree.MaxDepth)}}, tree.ErrTooLarge, "operation 1"},
		{"a child beneath the deepest path", nil, []Operation{{Kind: OpCreate, Path: slices.Repeat(a, tree.MaxDepth)}}, tree.ErrTooLarge, "operation 1"},
		{"an addition to the root", nil, []Operation{{Kind: OpAdd, Value: tree.IntValue(1)}}, tree.ErrInvalid, "there is no add of the root"},
		{"a lease of no time", nil, []Operation{{Kind: OpExpire, Path: a, Value: tree.IntValue(0)}}, tree.ErrInvalid, "a lease of 0, allowed are 1 to 10000000000000 milliseconds"},
		{"a lease of too long a time", nil, []Operation{{Kind: OpExpire, Path: a, Value: tree.IntValue(MaxLease + 1)}}, tree.ErrInvalid, "a lease of"},
		{"a lease of half a millisecond", nil, []Operation{{Kind: OpExpire, Path: a, Value: tree.FloatValue(0.5)}}, tree.ErrInvalid, "a lease of 0.5"},
		{"a lease of nothing written", nil, []Operation{{Kind: OpExpire, Value: tree.IntValue(1)}}, tree.ErrInvalid, "operation 1: invalid: expire of what the operation before has written, but it is the first one: its path is empty"},
		{"a result at a path beside that of the query", []Condition{{Kind: CondResult, Path: a}}, nil, tree.ErrInvalid, "condition 1"},
		{"an unknown condition", []Condition{{Kind: 8, Path: a}}, nil, tree.ErrInvalid, "condition 1: invalid: unknown condition(8)"},
		{"a remove of the root", nil, []Operation{{Kind: OpRemove}}, tree.ErrInvalid, "remove of the root"},
		{"a reserved key", nil, []Operation{{Kind: OpDelete, Path: a}, {Kind: OpDelete, Path: tree.Path{"_"}}}, tree.ErrInvalid, "operation 2"},
		{"a key too long", []Condition{{Kind: CondExists, Path: tree.Path{long[:tree.MaxKeyBytes+1]}}}, nil, tree.ErrTooLarge, "condition 1"},
		{"a value too large", nil, []Operation{{Kind: OpSet, Path: a, Value: tree.StringValue(long + "x")}}, tree.ErrTooLarge, "operation 1"},
		{"a number that is none", []Condition{{Kind: CondEquals, Path: a, Value: tree.FloatValue(math.NaN())}}, nil, tree.ErrInvalid, "condition 1"},
		{"too many operations", nil, many, tree.ErrTooLarge, "4097"},
		{"too many conditions", make([]Condition, MaxOperations+1), nil, tree.ErrTooLarge, "4097"},
		{"too many bytes", nil, five, tree.ErrTooLarge, "the limit is 4194304"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := EncodeBody(Transaction{Conditions: test.conditions, Operations: test.operations})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v, want %v with %q", err, test.want, test.text)
			}
		})
	}
}

func TestUnknownCommandKindIsInvalid(t *testing.T) {
	if err := (Command{Kind: 9}).Validate(); !errors.Is(err, tree.ErrInvalid) {
		t.Errorf("error %v, want ErrInvalid", err)
	}
}

func TestGreatestBodyIsAccepted(t *testing.T) {
	operations := make([]Operation, MaxOperations)
	for i := range operations {
		operations[i] = Operation{Kind: OpDelete, Path: tree.Path{"a"}}
	}
	value := strings.Repeat("x", 1<<20)
	for i := range 3 {
		operations[i] = Operation{Kind: OpSet, Path: tree.Path{"a"}, Value: tree.StringValue(value)}
	}
	body, err := EncodeBody(Transaction{Operations: operations})
	if err != nil {
		t.Fatal(err)
	}
	operations[3] = Operation{Kind: OpSet, Path: tree.Path{"a"}, Value: tree.StringValue(value[:MaxCommandBytes-headerBytesMax-len(body)-8])}
	if body, err = EncodeBody(Transaction{Operations: operations}); err != nil {
		t.Fatal(err)
	}
	command := AppendCommand(nil, KindApply, Header{math.MaxUint64, math.MaxUint64, math.MaxUint64}, body)
	if _, err := DecodeCommand(command); err != nil {
		t.Error(err)
	}
	if _, err := DecodeCommand(append(command, make([]byte, MaxCommandBytes)...)); !errors.Is(err, tree.ErrTooLarge) {
		t.Errorf("a command of %d bytes more: error %v", MaxCommandBytes, err)
	}
}

func TestEqualsConditionAgreesWithTheValue(t *testing.T) {
	values := append(plainValues, allValues...)
	values = append(values, `{"0":1,"1":2}`, `{"a":{"0":{"b":1},"1":2}}`, `[2,1]`, `{"b":1}`, `{"a":1,"b":1}`, `1.5`, `""`, `false`)
	for _, stored := range values {
		edit := tree.New().Edit()
		if err := edit.Set(tree.Path{"x"}, parseValue(t, stored)); err != nil {
			t.Fatal(err)
		}
		item, _ := edit.Get(tree.Path{"x"})
		for _, asked := range values {
			value := parseValue(t, asked)
			if got, want := holds(item, value), item.Value().Equal(value); got != want {
				t.Errorf("%s holds %s: %t, want %t", stored, asked, got, want)
			}
		}
	}
}
