package cluster

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// repeatedAfter is how long a line of the engine is left out after the same was
// logged. While a member is down the engine says so with every attempt to reach
// it, several times a second.
const repeatedAfter = time.Minute

// engineLog is the logger of the engine. It passes on what is new, and leaves
// what repeats itself to the level of debugging; after quiet, everything: an
// engine that is shutting down complains of what was closed under it.
type engineLog struct {
	hclog.Logger
	seen *seenLines
}

// seenLines is shared by a logger and those made from it.
type seenLines struct {
	mu struct {
		sync.Mutex
		quiet bool
		// last says when a line was passed on.
		last map[string]time.Time
	}
}

// seenLinesMax bounds the memory of lines. There is one for each message of the
// engine and each member; beyond that, lines may come again early.
const seenLinesMax = 1024

func newEngineLog(logger hclog.Logger) *engineLog {
	return &engineLog{Logger: logger, seen: &seenLines{}}
}

// quiet leaves all further lines to the level of debugging.
func (l *engineLog) quiet() {
	l.seen.mu.Lock()
	defer l.seen.mu.Unlock()
	l.seen.mu.quiet = true
}

// Info implements hclog.Logger.
func (l *engineLog) Info(message string, args ...any) { l.Log(hclog.Info, message, args...) }

// Warn implements hclog.Logger.
func (l *engineLog) Warn(message string, args ...any) { l.Log(hclog.Warn, message, args...) }

// Error implements hclog.Logger.
func (l *engineLog) Error(message string, args ...any) { l.Log(hclog.Error, message, args...) }

// Log implements hclog.Logger.
func (l *engineLog) Log(level hclog.Level, message string, args ...any) {
	if level > hclog.Debug && l.seen.repeated(line(level, message, args)) {
		level = hclog.Debug
	}
	l.Logger.Log(level, message, args...)
}

// line is what makes two lines the same: the message and whom it is about,
// which the engine puts first. What follows, such as a term, changes each time.
func line(level hclog.Level, message string, args []any) string {
	about := any("")
	if len(args) > 1 {
		about = args[1]
	}
	return fmt.Sprint(level, message, about)
}

// repeated reports whether the line was passed on not long ago, or is not to be
// passed on at all.
func (s *seenLines) repeated(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, seen := s.mu.last[line]; s.mu.quiet || seen && now.Sub(last) < repeatedAfter {
		return true
	}
	if s.mu.last == nil || len(s.mu.last) >= seenLinesMax {
		s.mu.last = make(map[string]time.Time)
	}
	s.mu.last[line] = now
	return false
}

// Named implements hclog.Logger.
func (l *engineLog) Named(name string) hclog.Logger {
	return &engineLog{Logger: l.Logger.Named(name), seen: l.seen}
}

// With implements hclog.Logger.
func (l *engineLog) With(args ...any) hclog.Logger {
	return &engineLog{Logger: l.Logger.With(args...), seen: l.seen}
}
