package history

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Recorder gives events their place, keeps them, and writes them out. Make
// one with NewRecorder.
type Recorder struct {
	start time.Time
	mu    struct {
		sync.Mutex
		events []Event
		// number is the last one given to an operation.
		number int64
		// lines writes to out, whose first error stays: what comes after it
		// is kept in memory only, so that the run can still be judged.
		lines *json.Encoder
		out   *bufio.Writer
	}
}

// NewRecorder returns a recorder that writes each event to out as a line of
// JSON. The time of the run begins now. The caller closes out, after Flush.
func NewRecorder(out io.Writer) *Recorder {
	r := &Recorder{start: time.Now()}
	r.mu.out = bufio.NewWriter(out)
	r.mu.lines = json.NewEncoder(r.mu.out)
	return r
}

// Invoke records that the request is about to be sent, and returns it with its
// number. It does not wait.
func (r *Recorder) Invoke(process int, request Request) Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.number++
	request.Number = r.mu.number
	r.addLocked(Event{Kind: Invoke, Process: process, Request: request})
	return request
}

// Complete records how a request that Invoke returned has ended.
func (r *Recorder) Complete(process int, request Request, kind Kind, answer Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{Kind: kind, Process: process, Request: request, Answer: answer})
}

// Fault records what the nemesis does to a node; detail may say more.
func (r *Recorder) Fault(function Function, node, detail string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{
		Kind:    Info,
		Process: Nemesis,
		Request: Request{Function: function, Node: node},
		Answer:  Answer{Detail: detail},
	})
}

// Look records what was seen of a node from outside.
func (r *Recorder) Look(node string, sample Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{
		Kind:    Info,
		Process: Onlooker,
		Request: Request{Function: Looked, Node: node},
		Sample:  sample,
	})
}

// Settle records that the cluster has recovered from all faults.
func (r *Recorder) Settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{Kind: Info, Process: Onlooker, Request: Request{Function: Settled}})
}

// Open records that a stream is about to be opened on a node, to go on from a
// revision.
func (r *Recorder) Open(node, stream string, since uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{
		Kind:    Info,
		Process: Onlooker,
		Request: Request{Function: Opened, Node: node, AtLeast: since},
		Telling: Telling{Stream: stream},
	})
}

// Tell records what a node has told a stream, or was asked for it.
func (r *Recorder) Tell(function Function, node string, revision uint64, telling Telling) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(Event{
		Kind:    Info,
		Process: Onlooker,
		Request: Request{Function: function, Node: node},
		Answer:  Answer{Revision: revision},
		Telling: telling,
	})
}

// addLocked takes the time itself, so that times rise as indices do.
func (r *Recorder) addLocked(event Event) {
	event.Index = len(r.mu.events)
	event.Time = r.Elapsed()
	r.mu.events = append(r.mu.events, event)
	// Flush returns the error of the writer; an event always has a JSON form.
	_ = r.mu.lines.Encode(event)
}

// Began returns the moment from which the time of the run is counted.
func (r *Recorder) Began() time.Time { return r.start }

// Elapsed returns the time of the run: that of an event which happens now.
func (r *Recorder) Elapsed() time.Duration { return time.Since(r.start) }

// Since returns the events from an index on, up to now. The slice is only to be
// read: others may hold a part of it.
func (r *Recorder) Since(index int) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.mu.events[index:])
}

// Events returns all events up to now, as Since does.
func (r *Recorder) Events() []Event { return r.Since(0) }

// Flush writes out what is buffered. It returns the first error of any write
// since the start: the file is incomplete then, the recorder is not.
func (r *Recorder) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.mu.out.Flush(); err != nil {
		return fmt.Errorf("history file: %w", err)
	}
	return nil
}
