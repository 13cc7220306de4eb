package system

import (
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"sync"

	"encoding/gob"
)

// store is the state of those systems that bring none.
type store struct {
	mu       sync.RWMutex
	values   map[string]string
	watchers map[string][]*watcher
}

// watcher has the newest value of a key that its reader has not had yet.
type watcher struct{ news chan string }

func newStore() *store {
	return &store{values: map[string]string{}, watchers: map[string][]*watcher{}}
}

// encode returns a write as a command.
func encode(key, value string) []byte {
	command := binary.AppendUvarint(make([]byte, 0, len(key)+len(value)+2), uint64(len(key)))
	return append(append(command, key...), value...)
}

func (s *store) apply(command []byte) {
	length, n := binary.Uvarint(command)
	key, value := string(command[n:n+int(length)]), string(command[n+int(length):])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	for _, w := range s.watchers[key] {
		w.tell(value)
	}
}

// tell replaces a value that was not read yet. Only one tells at a time.
func (w *watcher) tell(value string) {
	select {
	case <-w.news:
	default:
	}
	w.news <- value
}

func (s *store) get(key string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.values[key]
}

// watch tells of a key until done is closed.
func (s *store) watch(done <-chan struct{}, key string, ready func(), told func(string)) {
	w := &watcher{make(chan string, 1)}
	s.mu.Lock()
	s.watchers[key] = append(s.watchers[key], w)
	s.mu.Unlock()
	defer s.leave(key, w)
	ready()
	for {
		select {
		case value := <-w.news:
			told(value)
		case <-done:
			return
		}
	}
}

func (s *store) leave(key string, w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[key] = slices.DeleteFunc(s.watchers[key], func(other *watcher) bool { return other == w })
}

// copied returns the values of now, which nobody changes.
func (s *store) copied() map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.values)
}

func save(values map[string]string, to io.Writer) error { return gob.NewEncoder(to).Encode(values) }

func (s *store) load(from io.Reader) error {
	values := map[string]string{}
	if err := gob.NewDecoder(from).Decode(&values); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = values
	return nil
}
