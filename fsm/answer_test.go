package fsm

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"example.com/gstate/tree"
)

func TestAnswersAreDecodedAsTheyWereEncoded(t *testing.T) {
	answers := []Answer{
		{},
		{Code: CodeConflict, Revision: 300, At: 2, Detail: 299},
		{Code: 255, Revision: math.MaxUint64, At: math.MaxUint32, Detail: math.MaxUint64},
		{Revision: 7, At: 1, Else: true, Results: []tree.Value{tree.NullValue(), tree.IntValue(-3), tree.StringValue("key")}},
	}
	got, err := DecodeAnswers(AppendAnswers(nil, answers))
	if err != nil || !reflect.DeepEqual(got, answers) {
		t.Errorf("got %+v with error %v, want %+v", got, err, answers)
	}
}

func TestDecodeAnswersRefuses(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":                    {},
		"a count without answers":    {2, 0, 0, 1, 0, 0, 0},
		"an answer cut short":        {1, 0, 0, 1, 0, 0},
		"bytes too many":             {1, 0, 0, 1, 0, 0, 0, 0},
		"a flag of 2":                {1, 0, 2, 1, 0, 0, 0},
		"a result that is not there": {1, 0, 0, 1, 0, 0, 1},
		"results beyond the limit":   {1, 0, 0, 1, 0, 0, 0x81, 0x20},
		"a place beyond 32 bits":     {1, 0, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0},
		"a number beyond 64 bits":    {1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0},
		"a longer form of a number":  {1, 0, 0, 0x81, 0, 0, 0, 0},
		"a count beyond all reason":  {0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0},
		"a count in a longer form":   {0x80, 0},
		"a number without its end":   {1, 0, 0x80},
		"only the code of an answer": {1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := DecodeAnswers(data); !errors.Is(err, tree.ErrCorrupt) {
				t.Errorf("got %+v with error %v, want ErrCorrupt", got, err)
			}
		})
	}
}

func TestCodesStandForTheirErrors(t *testing.T) {
	for code, want := range map[Code]error{
		CodeOK:             nil,
		CodeNotFound:       tree.ErrNotFound,
		CodeExists:         tree.ErrExists,
		CodeConflict:       ErrConflict,
		CodeInvalid:        tree.ErrInvalid,
		CodeTooLarge:       tree.ErrTooLarge,
		CodeUnknownSession: ErrUnknownSession,
		CodeAnswered:       ErrAnswered,
		CodeWrongKind:      ErrWrongKind,
		CodeGivenUp:        ErrGivenUp,
		CodeGivenUp + 1:    tree.ErrVersion,
	} {
		if err := code.Err(); !errors.Is(err, want) {
			t.Errorf("code %d stands for %v, want %v", code, err, want)
		}
	}
}

func TestExplainTellsWhatWasRefused(t *testing.T) {
	transaction := Transaction{
		Conditions: []Condition{{Kind: CondExists, Path: tree.Path{"c1"}}, {Kind: CondUnmodified, Path: tree.Path{"c2"}}},
		Operations: []Operation{{Kind: OpSet, Path: tree.Path{"o1"}}, {Kind: OpUpdate, Path: tree.Path{"o2", "x.y"}}},
		Else:       []Operation{{Kind: OpAdd, Path: tree.Path{"e1"}}},
		HasElse:    true,
	}
	tests := []struct {
		name   string
		answer Answer
		want   string
	}{
		{"the first condition", Answer{Code: CodeNotFound, Revision: 9, At: 1}, "condition exists c1: item not found (revision 9)"},
		{"a conflict, by the change that was found", Answer{Code: CodeConflict, Revision: 9, At: 2, Detail: 5}, "condition unmodified since 0 c2: conflict: the state has changed (revision 5)"},
		{"the first operation", Answer{Code: CodeTooLarge, Revision: 9, At: 3}, "set o1: too large (revision 9)"},
		{"the last operation", Answer{Code: CodeNotFound, Revision: 9, At: 4}, `update o2."x.y": item not found (revision 9)`},
		{"an operation of the other branch", Answer{Code: CodeWrongKind, Revision: 9, At: 3, Else: true}, "add e1: wrong kind of item for this operation (revision 9)"},
		{"a place that the other branch has not", Answer{Code: CodeExists, At: 4, Else: true}, "apply: item exists"},
		{"the command as a whole", Answer{Code: CodeUnknownSession}, "apply: unknown session"},
		{"a place that the command has not", Answer{Code: CodeExists, Revision: 9, At: 5}, "apply: item exists (revision 9)"},
		{"the greatest place", Answer{Code: CodeExists, At: math.MaxUint32}, "apply: item exists"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.answer.Explain(transaction)
			if err == nil || err.Error() != test.want || !errors.Is(err, test.answer.Code.Err()) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if err := (Answer{Revision: 9}).Explain(transaction); err != nil {
		t.Errorf("an answer without refusal explains itself as %v", err)
	}
}
