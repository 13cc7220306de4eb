package transport

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// frameType says what a frame means. A connection for requests carries
// requests, cancels and pings from the dialling side, and responses, failures
// and pongs back.
type frameType uint8

const (
	frameRequest  frameType = 1 // body: the handler's
	frameResponse frameType = 2 // body: the caller's
	frameFailure  frameType = 3 // body: one byte of failureCode, and text
	frameCancel   frameType = 4 // the caller of this id gave up
	framePing     frameType = 5
	framePong     frameType = 6
)

// Layout of a frame's header; doc.go has the table.
const (
	frameHeaderBytes = 18
	frameLengthAt    = 0
	frameTypeAt      = 4
	frameKindAt      = 5
	frameIDAt        = 6
	frameSumAt       = 14
)

// readChunkBytes is how much memory a body is given before its bytes have come:
// a peer that announces a large body and sends nothing costs no more than this.
const readChunkBytes = 64 << 10

// castagnoli is the table of CRC32C, which has an instruction on the usual
// processors.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one message of a connection for requests.
type frame struct {
	typ  frameType
	kind Kind

	// id ties an answer to its request; it is unique on a connection until it
	// was answered.
	id   uint64
	body []byte

	// holds is, in an answer, the size of its request: what goes back to the
	// window once the answer is on its way. It does not travel.
	holds int
}

// isAnswer reports whether the frame ends a request.
func (f frame) isAnswer() bool { return f.typ == frameResponse || f.typ == frameFailure }

// writeFrame writes a frame to w, which keeps its first error.
func writeFrame(w *bufio.Writer, f frame) error {
	var space [frameHeaderBytes]byte
	header := append(w.AvailableBuffer(), space[:]...)
	binary.BigEndian.PutUint32(header[frameLengthAt:], uint32(len(f.body)))
	header[frameTypeAt] = byte(f.typ)
	header[frameKindAt] = byte(f.kind)
	binary.BigEndian.PutUint64(header[frameIDAt:], f.id)
	binary.BigEndian.PutUint32(header[frameSumAt:], frameSum(header, f.body))
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err := w.Write(f.body)
	return err
}

// readFrame reads one frame with a body of at most limit bytes. Between two
// frames the end of the connection is io.EOF, inside of one
// io.ErrUnexpectedEOF; everything wrong with the frame itself is ErrMalformed.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	peeked, err := r.Peek(frameHeaderBytes)
	if err != nil {
		return frame{}, cutOff(err, len(peeked))
	}
	header := [frameHeaderBytes]byte(peeked)
	r.Discard(frameHeaderBytes)
	f := frame{
		typ:  frameType(header[frameTypeAt]),
		kind: Kind(header[frameKindAt]),
		id:   binary.BigEndian.Uint64(header[frameIDAt:]),
	}
	length := int64(binary.BigEndian.Uint32(header[frameLengthAt:]))
	if length > int64(limit) {
		return frame{}, fmt.Errorf("%w: frame with a body of %d bytes, allowed are %d", ErrMalformed, length, limit)
	}
	if f.body, err = readBody(r, int(length)); err != nil {
		return frame{}, cutOff(err, frameHeaderBytes)
	}
	if sum := binary.BigEndian.Uint32(header[frameSumAt:]); sum != frameSum(header[:], f.body) {
		return frame{}, fmt.Errorf("%w: checksum of frame %d does not match", ErrMalformed, f.id)
	}
	return f, nil
}

// readBody reads n bytes into memory that grows as they come.
func readBody(r *bufio.Reader, n int) ([]byte, error) {
	body := make([]byte, min(n, readChunkBytes))
	for done := 0; ; {
		more, err := io.ReadFull(r, body[done:])
		done += more
		if err != nil || done == n {
			return body, err
		}
		grown := make([]byte, min(n, 2*done))
		copy(grown, body)
		body = grown
	}
}

// frameSum is the CRC32C of the header before the sum, and the body.
func frameSum(header, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(header[:frameSumAt], castagnoli), castagnoli, body)
}

// cutOff turns an end of the connection after some bytes of a message into
// io.ErrUnexpectedEOF.
func cutOff(err error, done int) error {
	if err == io.EOF && done > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}
