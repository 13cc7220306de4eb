package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestValueBinaryFormReadsBack(t *testing.T) {
	for _, text := range everyKind {
		v := parse(t, text)
		form := AppendValue(nil, v)
		got, rest, err := ConsumeValue(append(bytes.Clone(form), "rest"...))
		if err != nil || !got.Equal(v) || string(rest) != "rest" {
			t.Errorf("%v reads as %v, %q, %v", v, got, rest, err)
		}
		for n := range form {
			if got, rest, err := ConsumeValue(form[:n]); !errors.Is(err, ErrCorrupt) || len(rest) != n {
				t.Errorf("%v cut to %d bytes reads as %v, %v", v, n, got, err)
			}
		}
	}
}

func TestValueBinaryFormIsFixed(t *testing.T) {
	v := parse(t, `{"a":[null,false,true,-3,1.5,"s",{"_":"$bytes","base64":"AA=="}]}`)
	want := "\x08\x01\x01a\x07\x07\x00\x01\x02\x03\x05\x04\x3f\xf8\x00\x00\x00\x00\x00\x00\x05\x01s\x06\x01\x00"
	if got := AppendValue(nil, v); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLinkBinaryFormIsFixed(t *testing.T) {
	v := parse(t, `[{"_":"$ref","path":""},{"_":"$ref","path":"a.\"x.y\""}]`)
	want := "\x07\x02\x09\x00\x09\x02\x01a\x03x.y"
	if got := AppendValue(nil, v); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConsumeValueRefuses(t *testing.T) {
	tagged := func(tag byte, n uint64, rest string) []byte {
		return append(binary.AppendUvarint([]byte{tag}, n), rest...)
	}
	for _, test := range []struct {
		name string
		src  []byte
	}{
		{"nothing", nil},
		{"an unknown tag", []byte{10}},
		{"a link with a reserved key", tagged(tagLink, 1, "\x01#")},
		{"a link with a key that is not UTF-8", tagged(tagLink, 1, "\x01\xff")},
		{"a link that is too deep", tagged(tagLink, MaxDepth+1, strings.Repeat("\x01a", MaxDepth+1))},
		{"a link of a huge count", tagged(tagLink, math.MaxUint64, "\x01a")},
		{"an integer in more bytes than it needs", []byte{tagInt, 0x80, 0}},
		{"an integer that overflows", append([]byte{tagInt}, bytes.Repeat([]byte{0xff}, 10)...)},
		{"NaN", binary.BigEndian.AppendUint64([]byte{tagFloat}, math.Float64bits(math.NaN()))},
		{"infinity", binary.BigEndian.AppendUint64([]byte{tagFloat}, math.Float64bits(math.Inf(1)))},
		{"a string that is not UTF-8", tagged(tagString, 1, "\xff")},
		{"a string that is too long", tagged(tagString, MaxValueBytes+1, strings.Repeat("a", MaxValueBytes+1))},
		{"bytes that are too long", tagged(tagBytes, MaxValueBytes+1, strings.Repeat("a", MaxValueBytes+1))},
		{"a string of a huge length", tagged(tagString, math.MaxUint64, "a")},
		{"a string of a negative length", tagged(tagString, 1<<63, "a")},
		{"an array of a huge count", tagged(tagArray, math.MaxUint64, "\x00")},
		{"an object of a huge count", tagged(tagObject, math.MaxUint64, "\x01a\x00")},
		{"keys in the wrong order", tagged(tagObject, 2, "\x01b\x00\x01a\x00")},
		{"keys in the order of bytes", tagged(tagObject, 2, "\x0210\x00\x019\x00")},
		{"a key twice", tagged(tagObject, 2, "\x01a\x00\x01a\x00")},
		{"a reserved key", tagged(tagObject, 1, "\x01_\x00")},
		{"a key that is not UTF-8", tagged(tagObject, 1, "\x01\xff\x00")},
		{"nesting that is too deep", AppendValue(nil, nested(MaxDepth+1))},
		{"nesting far too deep", bytes.Repeat([]byte{tagArray, 1}, 1_000_000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if v, _, err := ConsumeValue(test.src); !errors.Is(err, ErrCorrupt) {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

// Counts that nothing follows, one inside the other, must not take memory.
func TestConsumeValueTakesMemoryForWhatItReads(t *testing.T) {
	var src []byte
	for range MaxDepth {
		src = binary.AppendUvarint(append(src, tagArray), 1<<20)
	}
	src = append(src, make([]byte, 1<<16)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := ConsumeValue(src); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 256*uint64(len(src)) {
		t.Errorf("took %d bytes for an input of %d", took, len(src))
	}
}

func FuzzConsumeValue(f *testing.F) {
	for _, text := range everyKind {
		f.Add(AppendValue(nil, parse(f, text)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, rest, err := ConsumeValue(src)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		must(t, v.Validate())
		if form := append(AppendValue(nil, v), rest...); !bytes.Equal(form, src) {
			t.Fatalf("%x reads as %v, which is %x", src, v, form)
		}
	})
}
