package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// update makes TestEncodingIsFixed write its golden file when there is none.
// Golden files of released versions are never changed.
var update = flag.Bool("update", false, "write golden files that do not exist")

// encode is the encoding of tr.
func encode(t testing.TB, tr *Tree) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, tr.Encode(&b))
	return b.Bytes()
}

// sample is a tree with every kind of value, arrays with and without a gap, and
// items of several revisions. The golden file holds it, so it is never changed.
func sample(t testing.TB) *Tree {
	t.Helper()
	e := New().Edit()
	for i, text := range []string{
		`null`, `false`, `true`, `-1`, `9223372036854775807`, `-0.0`, `1.5`, `""`, `"é😀"`, `{"_":"$bytes","base64":"AP8="}`,
		`[]`, `[[1],2]`, `{}`, `{"a":{"b":[{}]}}`,
	} {
		must(t, e.Set(Path{"kinds", indexKey(i)}, parse(t, text)))
		e.Commit()
	}
	steps(t, e, `set items {"9":{"name":"nine","n":null},"10":{"tags":["a","b"]}}`, `set view.list [9,10]`, `set items.9.name "neun"`, `remove view.list.0`, `set "" {"x.y":[1,2]}`)
	return e.Tree()
}

func TestEncodingReadsBack(t *testing.T) {
	large := New().Edit()
	for i := range 3000 {
		must(t, large.Set(Path{"items", fmt.Sprint("k", i)}, StringValue(strings.Repeat("v", i%300))))
	}
	must(t, large.Set(Path{"max"}, StringValue(strings.Repeat("m", MaxValueBytes))))
	must(t, large.Set(Path{strings.Repeat("k", MaxKeyBytes), "max"}, BytesValue(make([]byte, MaxValueBytes))))
	must(t, large.Set(long(MaxDepth), ArrayValue()))
	for name, tr := range map[string]*Tree{"the empty tree": New(), "a sample": sample(t), "links": treeOf(t, linked), "several blocks": large.Tree()} {
		t.Run(name, func(t *testing.T) {
			form := encode(t, tr)
			r := strings.NewReader(string(form) + "the next section")
			got, err := Decode(r)
			must(t, err)
			check(t, got)
			if got.Digest() != tr.Digest() || got.Revision() != tr.Revision() || got.Len() != tr.Len() {
				t.Errorf("got %v at %d, want %v at %d", got.Digest(), got.Revision(), tr.Digest(), tr.Revision())
			}
			for c := range Diff(tr, got) {
				t.Errorf("%q differs: %v and %v", c.Path, c.Old.Value(), c.New.Value())
			}
			if rest, _ := io.ReadAll(r); string(rest) != "the next section" {
				t.Errorf("%d bytes left behind the encoding", len(rest))
			}
			if again := encode(t, got); !bytes.Equal(again, form) {
				t.Error("the decoded tree has another encoding")
			}
			if got, err := Decode(iotest.HalfReader(bytes.NewReader(form))); err != nil || got.Digest() != tr.Digest() {
				t.Errorf("in small reads: %v", err)
			}
		})
	}
}

func TestADecodedTreeCanBeEdited(t *testing.T) {
	decoded, err := Decode(bytes.NewReader(encode(t, sample(t))))
	must(t, err)
	e := decoded.Edit()
	steps(t, e, `set items.9.name "neuf"`, `remove kinds`)
	check(t, e.Tree())
	if again := encode(t, sample(t)); !bytes.Equal(again, encode(t, decoded)) {
		t.Error("the decoded tree has changed")
	}
}

// A node that runs this release must read what older ones wrote, for every
// version in the table of codec.go.
func TestEncodingIsFixed(t *testing.T) {
	const golden = "testdata/tree-v1.golden"
	if _, err := os.Stat(golden); *update && errors.Is(err, os.ErrNotExist) {
		must(t, os.WriteFile(golden, encode(t, sample(t)), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if got := encode(t, sample(t)); !bytes.Equal(got, want) {
		t.Errorf("the encoding of the sample has %d bytes and differs from the %d of the golden file", len(got), len(want))
	}
	got, err := Decode(bytes.NewReader(want))
	must(t, err)
	if got.Digest() != sample(t).Digest() {
		t.Errorf("the golden file has digest %v", got.Digest())
	}
}

func TestEveryTruncationIsDetected(t *testing.T) {
	form := encode(t, sample(t))
	for n := range form {
		_, err := Decode(bytes.NewReader(form[:n]))
		if !errors.Is(err, ErrCorrupt) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(form), err)
		}
	}
}

func TestEveryFlippedBitIsDetected(t *testing.T) {
	form := encode(t, sample(t))
	for i := range form {
		for bit := range 8 {
			form[i] ^= 1 << bit
			if _, err := Decode(bytes.NewReader(form)); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
			form[i] ^= 1 << bit
		}
	}
}

func TestDecodeOfAnotherVersion(t *testing.T) {
	form := encode(t, New())
	form[headerBytes-1]++
	_, err := Decode(bytes.NewReader(form))
	if got, want := fmt.Sprint(err), "read tree: unknown encoding version 2, want 1"; got != want || !errors.Is(err, ErrVersion) || errors.Is(err, ErrCorrupt) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// forged is an encoding with right checksums around whatever payloads and
// trailer it is given.
func forged(end trailer, payloads ...string) []byte {
	b := binary.BigEndian.AppendUint16([]byte(codecMagic), codecVersion)
	seal := func(length int, content []byte) {
		block := append(binary.BigEndian.AppendUint32(nil, uint32(length)), content...)
		b = append(b, binary.BigEndian.AppendUint32(block, crc32.Checksum(block, castagnoli))...)
	}
	for _, payload := range payloads {
		seal(len(payload), []byte(payload))
	}
	seal(0, end.append(nil))
	return b
}

// item is an item in binary form: key, created, modified-created, version,
// content.
func item(key string, created, later, version uint64, content string) string {
	b := appendString(nil, key)
	for _, n := range []uint64{created, later, version} {
		b = binary.AppendUvarint(b, n)
	}
	return string(b) + content
}

// root is the root with n children, made and changed by revision 0 and 9.
func root(n byte) string { return item("", 0, 9, 2, string([]byte{tagObject, n})) }

func TestDecodeChecksEverything(t *testing.T) {
	leaf := item("a", 1, 0, 1, "\x00")
	deep := root(1) + strings.Repeat(item("a", 1, 0, 1, "\x08\x01"), MaxDepth) + leaf
	end := trailer{items: 1, revision: 9}
	for _, test := range []struct {
		name string
		form []byte
		text string // part of the error
	}{
		{"another file", []byte("PK\x03\x04 and what follows"), "not the encoding of a tree"},
		{"no items", forged(end), "the trailer comes before this item"},
		{"fewer items than a parent says", forged(end, root(2)+leaf), "the trailer comes before this item"},
		{"more items than a parent says", forged(end, root(1)+leaf+leaf), "data after the last item"},
		{"a block more", forged(end, root(1)+leaf, leaf), "a block after the last item"},
		{"an item cut at the end of a block", forged(end, root(1)+leaf[:2], leaf[2:]), "malformed number"},
		{"a block that is too long", forged(end, strings.Repeat("x", maxBlockBytes+1)), "block of"},
		{"a byte that was damaged", bytes.Replace(forged(end, root(1)+leaf), []byte(leaf), []byte(item("b", 1, 0, 1, "\x00")), 1), "checksum"},
		{"a leaf as the root", forged(end, item("", 0, 0, 1, "\x00")), "the root is not an object"},
		{"an array as the root", forged(end, item("", 0, 0, 1, "\x07\x00")), "the root is not an object"},
		{"a root with a key", forged(end, item("x", 0, 0, 1, "\x08\x00")), "key of the root"},
		{"keys out of order", forged(end, root(2)+item("b", 1, 0, 1, "\x00")+leaf), "item a: "},
		{"a key twice", forged(end, root(2)+leaf+leaf), "out of order"},
		{"a reserved key", forged(end, root(1)+item("_", 1, 0, 1, "\x00")), "reserved"},
		{"a key that is too long", forged(end, root(1)+item(strings.Repeat("k", MaxKeyBytes+1), 1, 0, 1, "\x00")), "limit 1024"},
		{"a leaf that is no value", forged(end, root(1)+item("a", 1, 0, 1, "\x09")), "a: "},
		{"a revision that overflows", forged(end, root(1)+item("a", math.MaxUint64, 1, 1, "\x00")), "out of range"},
		{"version zero", forged(end, root(1)+item("a", 1, 0, 0, "\x00")), "version 0"},
		{"a version that cannot be", forged(end, root(1)+item("a", 1, 1, 3, "\x00")), "version 3"},
		{"an item newer than the tree", forged(end, root(1)+item("a", 10, 0, 1, "\x00")), "revision 10 in a tree of revision 9"},
		{"a revision that leaves no room", forged(trailer{items: 1, revision: 1 << 63}, root(1)+leaf), "limit 9223372036854775807"},
		{"a huge number of children", forged(end, item("", 0, 0, 1, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), "trailer comes before"},
		{"an item that is too deep", forged(end, deep), "nested deeper than 64"},
		{"another number of items", forged(trailer{items: 2, revision: 9}, root(1)+leaf), "1 items where the trailer says 2"},
		{"another digest", forged(end, root(1)+leaf), "digest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode(bytes.NewReader(test.form))
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(fmt.Sprint(err), test.text) {
				t.Errorf("got %v, want one with %q", err, test.text)
			}
		})
	}
}

func TestDecodeNamesTheItemAndTheByte(t *testing.T) {
	form := forged(trailer{}, root(1)+item("a", 1, 0, 1, "\x08\x01")+item("x.y", 1, 0, 1, "\x05\x01\xff"))
	_, err := Decode(bytes.NewReader(form))
	if got, want := fmt.Sprint(err), `read tree: item a."x.y": byte 37: corrupt encoding: string is not UTF-8: invalid`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// broken fails like a disk or a connection.
var errBroken = errors.New("broken")

func TestErrorsOfReaderAndWriterPassThrough(t *testing.T) {
	form := encode(t, sample(t))
	for _, n := range []int{0, 5, headerBytes, 100, len(form) - 1} {
		r := io.MultiReader(bytes.NewReader(form[:n]), iotest.ErrReader(errBroken))
		if _, err := Decode(r); !errors.Is(err, errBroken) || errors.Is(err, ErrCorrupt) {
			t.Errorf("reader that breaks after %d bytes: %v", n, err)
		}
	}
	for n := range 3 {
		if err := sample(t).Encode(&breakingWriter{calls: n}); !errors.Is(err, errBroken) {
			t.Errorf("writer that breaks after %d calls: %v", n, err)
		}
	}
}

// breakingWriter fails after a number of calls.
type breakingWriter struct{ calls int }

func (w *breakingWriter) Write(b []byte) (int, error) {
	if w.calls--; w.calls < 0 {
		return 0, errBroken
	}
	return len(b), nil
}

// FuzzDecode reads the input as it is, and as the payload of a block with right
// checksums.
func FuzzDecode(f *testing.F) {
	form := encode(f, sample(f))
	f.Add(form)
	f.Add(encode(f, New()))
	f.Add(form[headerBytes+lengthBytes : len(form)-crcBytes-trailerBytes-lengthBytes-crcBytes])
	f.Add([]byte(root(1) + item("a", 1, 0, 1, "\x07\x00")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, form := range [][]byte{data, forged(trailer{items: 1, revision: 9}, string(data))} {
			tr, err := Decode(bytes.NewReader(form))
			if err != nil {
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
					t.Fatalf("error of no kind: %v", err)
				}
				continue
			}
			check(t, tr)
			again, err := Decode(bytes.NewReader(encode(t, tr)))
			if err != nil || again.Digest() != tr.Digest() {
				t.Fatalf("reads back as %v", err)
			}
		}
	})
}
