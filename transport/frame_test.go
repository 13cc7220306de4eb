package transport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestFramesComeBackAsTheyWere(t *testing.T) {
	tests := []struct {
		name string
		frame
	}{
		{"ping", frame{typ: framePing, body: []byte{}}},
		{"request", frame{typ: frameRequest, kind: 255, id: 1<<64 - 1, body: []byte("body")}},
		{"body of one chunk", frame{typ: frameResponse, body: bytes.Repeat([]byte("x"), readChunkBytes)}},
		{"body of several chunks", frame{typ: frameResponse, body: bytes.Repeat([]byte("xyz"), readChunkBytes)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{
				bytes.NewReader(encodeFrame(test.frame)),
				iotest.HalfReader(bytes.NewReader(encodeFrame(test.frame))),
			} {
				got, err := readFrame(bufio.NewReader(r), len(test.body))
				if err != nil || !sameFrame(got, test.frame) {
					t.Errorf("got %+v, %v", got, err)
				}
			}
		})
	}
}

func sameFrame(a, b frame) bool {
	return a.typ == b.typ && a.kind == b.kind && a.id == b.id && bytes.Equal(a.body, b.body)
}

// Every flipped bit is noticed: by the limit, by the end, or by the checksum.
func TestDamagedFrameIsNotRead(t *testing.T) {
	whole := encodeFrame(frame{typ: frameRequest, kind: 3, id: 17, body: []byte("some body")})
	for bit := range 8 * len(whole) {
		damaged := bytes.Clone(whole)
		damaged[bit/8] ^= 1 << (bit % 8)
		if f, err := readFrame(bufio.NewReader(bytes.NewReader(damaged)), 100); err == nil {
			t.Errorf("bit %d: read %+v", bit, f)
		}
	}
}

func TestFrameThatEndsEarly(t *testing.T) {
	whole := encodeFrame(frame{typ: frameRequest, body: []byte("some body")})
	for n := range whole {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, err := readFrame(bufio.NewReader(bytes.NewReader(whole[:n])), 100); err != want {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

func TestAnnouncedBodyCostsNoMemoryBeforeItComes(t *testing.T) {
	whole := encodeFrame(frame{typ: frameRequest, body: make([]byte, 1<<20)})
	r := bufio.NewReader(bytes.NewReader(whole[:100]))
	r.Discard(frameHeaderBytes)
	body, err := readBody(r, 1<<20)
	if err == nil || cap(body) > readChunkBytes {
		t.Errorf("%d bytes were reserved for a body of 82, %v", cap(body), err)
	}
}

// FuzzFrame reads arbitrary bytes: nothing panics, every error is one of the
// expected ones, and what is read is written as the same bytes again.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeFrame(frame{typ: framePing}))
	f.Add(encodeFrame(frame{typ: frameRequest, kind: 1, id: 2, body: []byte("body")}))
	f.Add(encodeFrame(frame{typ: frameFailure, id: 2, body: (&failure{code: 1, text: "no"}).encode()}))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readFrame(bufio.NewReader(bytes.NewReader(data)), 1000)
		switch {
		case err == nil:
			if again := encodeFrame(got); !bytes.HasPrefix(data, again) {
				t.Errorf("%x was read from %x", again, data)
			}
			decodeFailure(got.body)
		case !errors.Is(err, ErrMalformed) && err != io.EOF && err != io.ErrUnexpectedEOF:
			t.Errorf("unexpected error %v", err)
		}
	})
}

func TestFailuresComeBackAsTheyWere(t *testing.T) {
	for _, want := range []failure{{code: failedHandler, text: "text"}, {code: failedKind}, {code: 200, text: "later"}} {
		got, err := decodeFailure(want.encode())
		if err != nil || *got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if _, ok := errors.AsType[*RemoteError]((&failure{code: 200}).err()); !ok {
		t.Error("a failure of an unknown code is not one of the handler")
	}
}

// TestNumbersOnTheWire: members of two releases talk to each other during an
// upgrade, so no number may get another meaning.
func TestNumbersOnTheWire(t *testing.T) {
	for name, test := range map[string]struct{ got, want []byte }{
		"frames":   {[]byte{byte(frameRequest), byte(frameResponse), byte(frameFailure), byte(frameCancel), byte(framePing), byte(framePong)}, []byte{1, 2, 3, 4, 5, 6}},
		"failures": {[]byte{byte(failedHandler), byte(failedKind), byte(failedTooLarge)}, []byte{1, 2, 3}},
		"refusals": {[]byte{byte(accepted), byte(refusedVersion), byte(refusedCluster), byte(refusedNode), byte(refusedPeer), byte(refusedBusy)}, []byte{0, 1, 2, 3, 4, 5}},
		"streams":  {[]byte{byte(streamRaft), byte(streamRequests)}, []byte{1, 2}},
		"failure":  {(&failure{code: failedTooLarge, text: "no"}).encode(), []byte{3, 'n', 'o'}},
	} {
		if !bytes.Equal(test.got, test.want) {
			t.Errorf("%s: % x, want % x", name, test.got, test.want)
		}
	}
}
