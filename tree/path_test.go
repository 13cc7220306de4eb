package tree

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// long is a list of n short keys.
func long(n int) Path {
	p := make(Path, n)
	for i := range p {
		p[i] = fmt.Sprint("k", i)
	}
	return p
}

func TestPathTextIsUnambiguous(t *testing.T) {
	for _, test := range []struct {
		name string
		path Path
		text string
	}{
		{"the root is the empty text", nil, ``},
		{"keys are joined by dots", Path{"a", "b", "c"}, `a.b.c`},
		{"the empty key is quoted", Path{""}, `""`},
		{"empty keys between others", Path{"", "a", ""}, `"".a.""`},
		{"a dot in a key is quoted", Path{"a", "x.y"}, `a."x.y"`},
		{"a quote is escaped", Path{`say "hi"`}, `"say \"hi\""`},
		{"a backslash is escaped", Path{`C:\dir`}, `"C:\\dir"`},
		{"control characters are escaped", Path{"a\n\x00\x7f"}, `"a\u000a\u0000\u007f"`},
		{"a space is quoted", Path{"x y"}, `"x y"`},
		{"other scripts are bare", Path{"é", "日本", "😀"}, `é.日本.😀`},
		{"most punctuation is bare", Path{"user-1", "a/b:c@d", "$x", "1+1=2"}, `user-1.a/b:c@d.$x.1+1=2`},
		{"characters kept for patterns are quoted", Path{"*", "a[0]", "{}"}, `"*"."a[0]"."{}"`},
		{"numbers are keys", Path{"items", "0"}, `items.0`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.path.String(); got != test.text {
				t.Errorf("text is %s, want %s", got, test.text)
			}
			got, err := ParsePath(test.text)
			if err != nil || !got.Equal(test.path) {
				t.Errorf("text reads as %q, %v, want %q", got, err, test.path)
			}
		})
	}
}

func TestParsePathReadsOtherQuotedForms(t *testing.T) {
	for text, want := range map[string]Path{
		`"a"."b"`:            {"a", "b"},
		`"\u0061\/\b\f\r\t"`: {"a/\b\f\r\t"},
		`"\ud83d\ude00".x`:   {"😀", "x"},
	} {
		if got, err := ParsePath(text); err != nil || !got.Equal(want) {
			t.Errorf("%s reads as %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"a dot alone", `.`, ErrInvalid},
		{"a dot in front", `.a`, ErrInvalid},
		{"a dot at the end", `a.`, ErrInvalid},
		{"two dots in a row", `a..b`, ErrInvalid},
		{"a dot at the end after quotes", `"a".`, ErrInvalid},
		{"text after quotes", `"a"b`, ErrInvalid},
		{"a quote inside a bare key", `a"b"`, ErrInvalid},
		{"a quote without its end", `"a`, ErrInvalid},
		{"an escape without its end", `"a\`, ErrInvalid},
		{"an unknown escape", `"\x41"`, ErrInvalid},
		{"half a surrogate pair", `"\ud83d"`, ErrInvalid},
		{"two first halves", `"\ud83d\ud83d"`, ErrInvalid},
		{"a bare space", `a b`, ErrInvalid},
		{"a raw newline in quotes", "\"a\n\"", ErrInvalid},
		{"a reserved key", `a._`, ErrInvalid},
		{"a reserved key in quotes", `"#"`, ErrInvalid},
		{"bytes that are not UTF-8", "a\xff", ErrInvalid},
		{"too many keys", strings.Repeat("a.", MaxDepth) + "a", ErrTooLarge},
		{"a key that is too long", strings.Repeat("a", MaxKeyBytes+1), ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if p, err := ParsePath(test.text); !errors.Is(err, test.want) {
				t.Errorf("got %q, %v, want %v", p, err, test.want)
			}
		})
	}
}

func TestPathValidate(t *testing.T) {
	for _, test := range []struct {
		name string
		path Path
		want error
	}{
		{"the root is valid", nil, nil},
		{"the deepest path is valid", long(MaxDepth), nil},
		{"one key more is too many", long(MaxDepth + 1), ErrTooLarge},
		{"a reserved key is invalid", Path{"a", "_"}, ErrInvalid},
		{"a long key is too large", Path{strings.Repeat("a", MaxKeyBytes+1)}, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.path.Validate(); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestPathRelations(t *testing.T) {
	p := make(Path, 1, 8)
	p[0] = "a"
	b, c := p.Child("b"), p.Child("c")
	if !b.Equal(Path{"a", "b"}) || !c.Equal(Path{"a", "c"}) || !p.Equal(Path{"a"}) {
		t.Errorf("children of one path share memory: %q, %q", b, c)
	}
	if !b.HasPrefix(p) || !b.HasPrefix(nil) || !b.HasPrefix(b) || p.HasPrefix(b) || c.HasPrefix(b) {
		t.Error("wrong prefix")
	}
	if !Path(nil).Equal(Path{}) || b.Equal(c) || b.Equal(p) {
		t.Error("wrong equality")
	}
}

func TestPathBinaryForm(t *testing.T) {
	for _, p := range []Path{nil, {""}, {"a", "x.y", "é"}, long(MaxDepth), {strings.Repeat("k", MaxKeyBytes)}} {
		b := append(AppendPath([]byte("front"), p), "rest"...)
		got, rest, err := ConsumePath(b[len("front"):])
		if err != nil || !got.Equal(p) || string(rest) != "rest" {
			t.Errorf("%q reads as %q, %q, %v", p, got, rest, err)
		}
		form := AppendPath(nil, p)
		for n := range form {
			if _, rest, err := ConsumePath(form[:n]); !errors.Is(err, ErrCorrupt) || len(rest) != n {
				t.Fatalf("%q cut to %d bytes: %v", p, n, err)
			}
		}
	}
}

func TestConsumePathRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		src  []byte
	}{
		{"nothing", nil},
		{"a count that is too large", []byte{MaxDepth + 1}},
		{"a huge count", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}},
		{"a count that overflows", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}},
		{"a count in more bytes than it needs", []byte{0x80, 0}},
		{"a key that is too long", append([]byte{1, 0x81, 0x08}, make([]byte, MaxKeyBytes+1)...)},
		{"a reserved key", []byte{1, 1, '_'}},
		{"a key that is not UTF-8", []byte{1, 1, 0xff}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if p, _, err := ConsumePath(test.src); !errors.Is(err, ErrCorrupt) {
				t.Errorf("got %q, %v", p, err)
			}
		})
	}
}

func TestPathErrorNamesOperationPathAndCause(t *testing.T) {
	err := New().Edit().Remove(Path{"a", "x.y"})
	if got, want := err.Error(), `remove a."x.y": item not found`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	at, ok := errors.AsType[*PathError](err)
	if !ok || at.Op != "remove" || !at.Path.Equal(Path{"a", "x.y"}) || at.Err != ErrNotFound {
		t.Errorf("got %+v", at)
	}
	if got, want := New().Edit().Delete(nil).Error(), "delete (root): "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to start with %q", got, want)
	}
	far := Path{strings.Repeat("k", MaxKeyBytes), "end"}
	if text := New().Edit().Remove(far).Error(); len(text) > maxErrorPath+50 {
		t.Errorf("an error text of %d bytes", len(text))
	}
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{``, `a.b.c`, `a."x.y".""`, `"\ud83d\ude00"`, `"`, `a..b`, `é.日本`, "\"\\u0000\"", `_`, `a b`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%q: error of no kind: %v", text, err)
			}
			return
		}
		must(t, p.Validate())
		again, err := ParsePath(p.String())
		if err != nil || !again.Equal(p) {
			t.Fatalf("%q prints as %q, which reads as %q, %v", p, p.String(), again, err)
		}
		binary, rest, err := ConsumePath(AppendPath(nil, p))
		if err != nil || len(rest) > 0 || !binary.Equal(p) {
			t.Fatalf("%q reads back as %q, %q, %v", p, binary, rest, err)
		}
	})
}
