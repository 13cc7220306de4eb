package cluster

import (
	"bytes"
	"errors"
	"testing"

	"example.com/gstate/fsm"
)

func TestForwardedAnswersAreReadAsTheyWereWritten(t *testing.T) {
	result := proposed{index: 300, term: 7, answers: []fsm.Answer{{Revision: 9}, {Code: fsm.CodeExists, Revision: 9, At: 1}}}
	got, err := decodeForwarded(encodeForwarded(result, nil))
	if err != nil || got.index != 300 || got.term != 7 || len(got.answers) != 2 || got.answers[1].Code != fsm.CodeExists {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		body    []byte
		certain bool
	}{
		"a refusal":                 {encodeForwarded(proposed{}, certainError{errors.New("not leader")}), true},
		"a loss":                    {encodeForwarded(proposed{}, errors.New("leadership lost")), false},
		"nothing":                   {nil, false},
		"an unknown status":         {[]byte{9, 1, 1}, false},
		"an answer cut short":       {encodeForwarded(result, nil)[:5], false},
		"bytes after the answers":   {append(encodeForwarded(result, nil), 0), false},
		"a number that never ends":  {append([]byte{forwardOK}, bytes.Repeat([]byte{0xff}, 20)...), false},
		"a number in a longer form": {[]byte{forwardOK, 0x81, 0x00, 0x01, 0x00}, false},
	} {
		if _, err := decodeForwarded(test.body); err == nil || certain(err) != test.certain {
			t.Errorf("%s: %v, certain %v", name, err, certain(err))
		}
	}
}

// TestBytesOfMessages holds the forms of message.go: members of two releases
// talk to each other during an upgrade.
func TestBytesOfMessages(t *testing.T) {
	result := proposed{index: 300, term: 7, answers: []fsm.Answer{{Revision: 9}}}
	for name, test := range map[string]struct{ got, want []byte }{
		"forwarded":  {encodeForwarded(result, nil), []byte{0, 0xac, 0x02, 7, 1, 0, 0, 9, 0, 0, 0}},
		"refused":    {encodeForwarded(proposed{}, certainError{errors.New("no")}), []byte{1, 'n', 'o'}},
		"unknown":    {encodeForwarded(proposed{}, errors.New("no")), []byte{2, 'n', 'o'}},
		"committed":  {encodeNumbers(300, 7), []byte{0xac, 0x02, 7}},
		"read index": {encodeNumbers(0), []byte{0}},
		"kinds":      {[]byte{byte(kindForward), byte(kindReadIndex), byte(kindTerm), byte(kindCommitted)}, []byte{1, 2, 3, 4}},
	} {
		if !bytes.Equal(test.got, test.want) {
			t.Errorf("%s: % x, want % x", name, test.got, test.want)
		}
	}
}

func TestNumbersOfMessages(t *testing.T) {
	for name, test := range map[string]struct {
		body []byte
		good bool
	}{
		"two":                      {[]byte{1, 2}, true},
		"one":                      {[]byte{1}, false},
		"three":                    {[]byte{1, 2, 3}, false},
		"none":                     {nil, false},
		"one in a longer form":     {[]byte{0x81, 0, 2}, false},
		"one that is cut short":    {[]byte{1, 0x80}, false},
		"one of more than 64 bits": {append(bytes.Repeat([]byte{0xff}, 10), 1, 2), false},
	} {
		var a, b uint64
		if err := decodeNumbers(test.body, &a, &b); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeForwarded(f *testing.F) {
	f.Add(encodeForwarded(proposed{index: 1, term: 1, answers: []fsm.Answer{{Revision: 1}}}, nil))
	f.Add(encodeForwarded(proposed{}, errors.New("lost")))
	f.Fuzz(func(t *testing.T, data []byte) {
		result, err := decodeForwarded(data)
		if err == nil && !bytes.Equal(encodeForwarded(result, nil), data) {
			t.Errorf("%x is read as %+v", data, result)
		}
	})
}
