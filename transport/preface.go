package transport

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// protocolVersion is the version of the handshake and of everything after it.
// The layout of a greeting's head is the same in all versions, so that nodes of
// different ones can tell.
const protocolVersion = 1

// magic starts everything that a node of gstate says first.
const magic = "gstP"

// Layout of a greeting; doc.go has the tables.
const (
	greetingHeadBytes = 8
	greetingSumBytes  = 4

	// maxGreetingBytes limits what follows the head: five times what version 1
	// needs, so that later versions can say more and still be answered.
	maxGreetingBytes = 4 << 10
)

// streamType says what a connection is used for.
type streamType byte

const (
	streamRaft     streamType = 1
	streamRequests streamType = 2
)

// String returns the word used in logs.
func (s streamType) String() string {
	if s == streamRaft {
		return "raft"
	}
	return "requests"
}

// preface is what the dialling node says first.
type preface struct {
	stream streamType

	// maxBody is the largest response that the dialling node reads, in bytes.
	maxBody int

	// cluster is the dialling node's cluster, from its id, and to the id of the
	// node that it means to reach.
	cluster, from, to string
}

func (p preface) encode() []byte {
	payload := binary.BigEndian.AppendUint32(nil, uint32(p.maxBody))
	payload = appendName(payload, p.cluster)
	payload = appendName(payload, p.from)
	payload = appendName(payload, p.to)
	return encodeGreeting(byte(p.stream), payload)
}

// readPreface reads what a dialling node says. The error is ErrVersion if that
// node speaks another version, and ErrMalformed if it is no node at all.
func readPreface(r io.Reader) (preface, error) {
	stream, payload, err := readGreeting(r)
	if err != nil {
		return preface{}, err
	}
	d := decoder{rest: payload}
	p := preface{
		stream:  streamType(stream),
		maxBody: d.size(),
		cluster: d.name(),
		from:    d.name(),
		to:      d.name(),
	}
	if p.stream != streamRaft && p.stream != streamRequests {
		return preface{}, fmt.Errorf("%w: stream type %d", ErrVersion, stream)
	}
	return p, d.finish("preface")
}

// terms are the limits of the accepting node, which the dialling node keeps to.
type terms struct {
	maxBody, maxRequests, maxRequestBytes int
}

// answer is what the accepting node says to a preface.
type answer struct {
	// code is accepted or the reason for the refusal.
	code refusalCode
	terms

	// detail says more about a refusal, for people; cut to MaxNameBytes.
	detail string
}

func (a answer) encode() []byte {
	payload := binary.BigEndian.AppendUint32(nil, uint32(a.maxBody))
	payload = binary.BigEndian.AppendUint32(payload, uint32(a.maxRequests))
	payload = binary.BigEndian.AppendUint32(payload, uint32(a.maxRequestBytes))
	payload = appendName(payload, a.detail[:min(len(a.detail), MaxNameBytes)])
	return encodeGreeting(byte(a.code), payload)
}

// readAnswer reads the answer to a preface, with the same errors as
// readPreface.
func readAnswer(r io.Reader) (answer, error) {
	code, payload, err := readGreeting(r)
	if err != nil {
		return answer{}, err
	}
	d := decoder{rest: payload}
	a := answer{
		code:   refusalCode(code),
		terms:  terms{maxBody: d.size(), maxRequests: d.size(), maxRequestBytes: d.size()},
		detail: d.name(),
	}
	return a, d.finish("answer")
}

// encodeGreeting puts the head before a payload and the checksum behind it.
func encodeGreeting(tag byte, payload []byte) []byte {
	b := append([]byte(magic), protocolVersion, tag)
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)+greetingSumBytes))
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readGreeting reads one greeting and not a byte more. A greeting of another
// version is read to its end too, so that an answer to it is not lost in the
// reset of a connection that was closed with unread data.
func readGreeting(r io.Reader) (tag byte, payload []byte, err error) {
	b := make([]byte, greetingHeadBytes)
	if _, err := io.ReadFull(r, b); err != nil {
		return 0, nil, err
	}
	version, tag, length := b[4], b[5], int(binary.BigEndian.Uint16(b[6:]))
	switch {
	case string(b[:len(magic)]) != magic:
		return 0, nil, fmt.Errorf("%w: it does not start as a gstate node does", ErrMalformed)
	case length < greetingSumBytes || length > maxGreetingBytes:
		return 0, nil, fmt.Errorf("%w: greeting of %d bytes", ErrMalformed, length)
	}
	b = append(b, make([]byte, length)...)
	if _, err := io.ReadFull(r, b[greetingHeadBytes:]); err != nil {
		return 0, nil, cutOff(err, greetingHeadBytes)
	}
	covered, sum := b[:len(b)-greetingSumBytes], b[len(b)-greetingSumBytes:]
	switch {
	case version != protocolVersion:
		return 0, nil, fmt.Errorf("%w: version %d, here %d", ErrVersion, version, protocolVersion)
	case binary.BigEndian.Uint32(sum) != crc32.Checksum(covered, castagnoli):
		return 0, nil, fmt.Errorf("%w: checksum of the greeting does not match", ErrMalformed)
	}
	return tag, covered[greetingHeadBytes:], nil
}

// appendName appends a text of at most MaxNameBytes, with its length before it.
func appendName(b []byte, name string) []byte {
	return append(append(b, byte(len(name))), name...)
}

// decoder takes fields off the front of a payload. After a field that is not
// there or out of its range all others are zero, and finish reports it.
type decoder struct {
	rest []byte
	bad  bool
}

// take returns the next n bytes, or n zero bytes.
func (d *decoder) take(n int) []byte {
	if d.bad || len(d.rest) < n {
		d.bad = true
		return make([]byte, n)
	}
	field := d.rest[:n]
	d.rest = d.rest[n:]
	return field
}

func (d *decoder) size() int {
	n := binary.BigEndian.Uint32(d.take(4))
	if n > maxWireBytes {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) name() string {
	return string(d.take(int(d.take(1)[0])))
}

func (d *decoder) finish(what string) error {
	if d.bad || len(d.rest) > 0 {
		return fmt.Errorf("%w: fields of the %s", ErrMalformed, what)
	}
	return nil
}
