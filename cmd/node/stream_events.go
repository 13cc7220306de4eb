package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
)

// isMark has the names of the events that matter here, and says of each whether
// it has no result. The usual event has no name.
var isMark = map[string]bool{"": false, "message": false, "synced": true, "progress": true}

// readEvents yields the events of a server-sent stream. Of the fields only the
// name and the data matter here, since an event's data has its revision too.
// Events of other names are passed over, as the standard demands. It ends with an
// error: io.EOF where the node ended the stream between two events.
func readEvents(r io.Reader) iter.Seq2[answer, error] {
	return func(yield func(answer, error) bool) {
		for sent, err := range readFrames(r) {
			if err != nil {
				yield(answer{}, err)
				return
			}
			mark, known := isMark[sent.name]
			if !known {
				continue
			}
			event, err := parseAnswer(sent.data)
			if event.mark = mark; !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// frame is an event as it is sent.
type frame struct {
	name string
	data []byte
}

// readFrames yields the events that have data, as the standard demands, and ends
// like readEvents. Comments and other fields are passed over.
func readFrames(r io.Reader) iter.Seq2[frame, error] {
	return func(yield func(frame, error) bool) {
		lines := bufio.NewReader(r)
		var next frame
		for {
			line, err := readLine(lines, maxAnswerBytes-len(next.data))
			switch {
			case err != nil:
				yield(frame{}, err)
				return
			case len(line) > 0:
				next.take(line)
				continue
			case len(next.data) > 0 && !yield(next, nil):
				return
			}
			next = frame{}
		}
	}
}

// take adds a line.
func (f *frame) take(line []byte) {
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		f.name = string(value)
	case "data":
		f.data = append(f.data, value...)
	}
}

// readLine returns the next line without its end. A line longer than limit is
// an error.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > limit:
			return nil, fmt.Errorf("event is larger than %d bytes", maxAnswerBytes)
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), nil
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}
