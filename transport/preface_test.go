package transport

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestPrefacesComeBackAsTheyWere(t *testing.T) {
	long := strings.Repeat("n", MaxNameBytes)
	for _, want := range []preface{
		{stream: streamRaft, maxBody: 1, cluster: "c", from: "a", to: "b"},
		{stream: streamRequests, maxBody: maxWireBytes, cluster: long, from: long, to: long},
	} {
		r := iotest.OneByteReader(io.MultiReader(bytes.NewReader(want.encode()), strings.NewReader("next")))
		got, err := readPreface(r)
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if rest, _ := io.ReadAll(r); string(rest) != "next" {
			t.Errorf("what follows the preface is %q", rest)
		}
	}
}

func TestAnswersComeBackAsTheyWere(t *testing.T) {
	for _, want := range []answer{
		{code: accepted, terms: terms{1, 2, 3}},
		{code: refusedBusy, detail: strings.Repeat("d", MaxNameBytes)},
	} {
		got, err := readAnswer(bytes.NewReader(want.encode()))
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	long := answer{code: refusedBusy, detail: strings.Repeat("d", 2*MaxNameBytes)}
	if got, err := readAnswer(bytes.NewReader(long.encode())); err != nil || len(got.detail) != MaxNameBytes {
		t.Errorf("a long detail came as %d bytes, %v", len(got.detail), err)
	}
}

// The bytes of version 1 do not change: nodes of one cluster run different
// builds.
func TestBytesOfVersionOne(t *testing.T) {
	p := preface{stream: streamRequests, maxBody: 0x01020304, cluster: "cl", from: "a", to: "bb"}
	want := "gstP\x01\x02\x00\x10" + "\x01\x02\x03\x04" + "\x02cl" + "\x01a" + "\x02bb" + "\x3f\xa2\xb4\xb6"
	if got := string(p.encode()); got != want {
		t.Errorf("preface is %q\nwant %q", got, want)
	}
	a := answer{code: refusedNode, terms: terms{1, 2, 3}, detail: "no"}
	want = "gstP\x01\x03\x00\x13" + "\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03" + "\x02no" + "\xb0\x8d\x17\xc4"
	if got := string(a.encode()); got != want {
		t.Errorf("answer is %q\nwant %q", got, want)
	}
	f := frame{typ: frameRequest, kind: 7, id: 0x0102030405060708, body: []byte("body")}
	want = "\x00\x00\x00\x04\x01\x07\x01\x02\x03\x04\x05\x06\x07\x08" + "\x38\xdd\xd0\x62" + "body"
	if got := string(encodeFrame(f)); got != want {
		t.Errorf("frame is %q\nwant %q", got, want)
	}
}

func TestDamagedPrefaceIsNotRead(t *testing.T) {
	whole := preface{stream: streamRaft, maxBody: 5, cluster: "c", from: "a", to: "b"}.encode()
	for bit := range 8 * len(whole) {
		damaged := bytes.Clone(whole)
		damaged[bit/8] ^= 1 << (bit % 8)
		if p, err := readPreface(bytes.NewReader(damaged)); err == nil {
			t.Errorf("bit %d: read %+v", bit, p)
		}
	}
	for n := 1; n < len(whole); n++ {
		if _, err := readPreface(bytes.NewReader(whole[:n])); err != io.ErrUnexpectedEOF {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// FuzzPreface reads arbitrary bytes as both greetings: nothing panics, every
// error is one of the expected ones, and what is read is written as the same
// bytes again.
func FuzzPreface(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add(preface{stream: streamRaft, maxBody: 5, cluster: "c", from: "a", to: "b"}.encode())
	f.Add(preface{stream: 9, maxBody: 5, cluster: "c", from: "a", to: "b"}.encode())
	f.Add(answer{code: refusedPeer, terms: terms{1, 2, 3}, detail: "no"}.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := readPreface(bytes.NewReader(data))
		checkGreeting(t, data, p.encode(), err)
		a, err := readAnswer(bytes.NewReader(data))
		checkGreeting(t, data, a.encode(), err)
	})
}

func checkGreeting(t *testing.T, data, again []byte, err error) {
	t.Helper()
	switch {
	case err == nil:
		if !bytes.HasPrefix(data, again) {
			t.Errorf("%x was read from %x", again, data)
		}
	case !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrVersion) && err != io.EOF && err != io.ErrUnexpectedEOF:
		t.Errorf("unexpected error %v", err)
	}
}
