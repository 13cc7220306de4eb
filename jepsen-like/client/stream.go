package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/gstate/jepsen-like/history"
)

const (
	// streamProgress is how often a node that has nothing to tell is asked to
	// say so.
	streamProgress = time.Second
	// streamSilence is how long a stream may be silent. A node that says less
	// than it was asked to is paused or cut off: another one knows more.
	streamSilence = 3 * time.Second
)

// The names of the events without a result: see Event.
const (
	SyncedEvent   = "synced"
	ProgressEvent = "progress"
	ErrorEvent    = "error"
)

// Event is one event of a watch. Its fields are those of the HTTP contract.
type Event struct {
	// Name is empty for an event with a result, or with the changes of one.
	Name     string           `json:"-"`
	Revision uint64           `json:"revision"`
	Result   json.RawMessage  `json:"result"`
	Exists   bool             `json:"exists"`
	Synced   bool             `json:"synced"`
	Reset    bool             `json:"reset"`
	Reasons  []string         `json:"reasons"`
	Expelled []Expelled       `json:"expelled"`
	Changes  []history.Change `json:"changes"`
	// Code is that of the problem for which the node ends the stream.
	Code string `json:"code"`
}

// Expelled is an item that was removed by no write to it.
type Expelled struct {
	Path     string `json:"path"`
	Revision uint64 `json:"revision"`
	Reason   string `json:"reason"`
}

// Stream is an open watch. Make one with Watch, and close it.
type Stream struct {
	body   io.ReadCloser
	lines  *bufio.Reader
	cancel context.CancelFunc
	// silence ends the stream when nothing comes for too long.
	silence *time.Timer
}

// ErrForgotten: the node does not remember all that has followed the revision from
// which the watch was to go on, and must leave nothing out. It can begin anew.
var ErrForgotten = errors.New("the node does not remember what has followed")

// errSilent is the cause of a stream's end when nothing has come for too long.
var errSilent = errors.New("the stream is silent")

// Watch opens a watch on a node with these parameters, such as query and
// every. since is the revision of the last event that the caller has seen of it,
// on this node or on another; 0: none. It waits until the node answers, ctx
// ends, or the node is silent for too long.
func (c *Client) Watch(ctx context.Context, node string, parameters url.Values, since uint64) (*Stream, error) {
	address := c.addresses[node] + "/v1/watch?" + parameters.Encode() + "&progress=" + streamProgress.String()
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{
		cancel:  func() { cancel(nil) },
		silence: time.AfterFunc(streamSilence, func() { cancel(errSilent) }),
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		s.end()
		return nil, err
	}
	if since > 0 {
		request.Header.Set("Last-Event-ID", strconv.FormatUint(since, 10))
	}
	response, err := c.http.Do(request)
	if err != nil {
		s.end()
		return nil, err
	}
	s.body, s.lines = response.Body, bufio.NewReader(response.Body)
	if response.StatusCode != http.StatusOK {
		defer s.Close()
		text, err := io.ReadAll(response.Body)
		if response.StatusCode == http.StatusGone {
			err = errors.Join(ErrForgotten, err)
		}
		return nil, errors.Join(unexpected(response.StatusCode, text), err)
	}
	return s, nil
}

// Next returns the next event. It waits until there is one, or the stream or the
// context of Watch ends; io.EOF says that the node has ended it.
func (s *Stream) Next() (Event, error) {
	var event Event
	var data []byte
	for {
		line, err := s.lines.ReadBytes('\n')
		if err != nil {
			return Event{}, err
		}
		s.silence.Reset(streamSilence)
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(": "))
		switch {
		case string(name) == "event":
			event.Name = string(value)
		case string(name) == "data":
			data = value
		case len(line) == 1 && data != nil:
			if err := json.Unmarshal(data, &event); err != nil {
				return Event{}, fmt.Errorf("%w: event %.300s: %w", ErrUnexpected, data, err)
			}
			return event, nil
		}
	}
}

// Close ends the stream, also while Next waits.
func (s *Stream) Close() {
	s.end()
	_ = s.body.Close() // what is left of a stream is of no use
}

func (s *Stream) end() {
	s.silence.Stop()
	s.cancel()
}
