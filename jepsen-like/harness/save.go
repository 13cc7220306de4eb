package harness

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/workload"
)

// The files of a saved run. Each may be compressed by gzip, with a name to which
// ".gz" is added.
const (
	// HistoryFile has a line for each event.
	HistoryFile = "history.jsonl"
	// SamplesFile has a line for each Sample.
	SamplesFile = "samples.jsonl"
	// RecordFile has the rest of a Record.
	RecordFile = "run.json"
)

// FeedFile has a line for each news of the change feed of a node.
func FeedFile(node string) string { return "feed-" + node + ".jsonl" }

// ErrNoRecord is matched by the error of Load for a folder in which no run came
// to its end.
var ErrNoRecord = errors.New("no finished run was saved here")

// Save writes the record to a folder, in which the history is already: it is
// written while the run goes on.
func (r Record) Save(dir string) error {
	r.Length = len(r.Events)
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, RecordFile), text, 0o644); err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	if err := writeLines(filepath.Join(dir, SamplesFile), r.Samples); err != nil {
		return fmt.Errorf("saving the samples: %w", err)
	}
	for _, feed := range r.Feeds {
		if err := writeLines(filepath.Join(dir, FeedFile(feed.Name)), feed.News); err != nil {
			return fmt.Errorf("saving the feed of node %s: %w", feed.Name, err)
		}
	}
	return nil
}

// SaveHistory writes the history to a folder, for a run that was not recorded to a
// file of it.
func (r Record) SaveHistory(dir string) error {
	if err := writeLines(filepath.Join(dir, HistoryFile), r.Events); err != nil {
		return fmt.Errorf("saving the history: %w", err)
	}
	return nil
}

func writeLines[T any](path string, values []T) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffer := bufio.NewWriter(file)
	lines := json.NewEncoder(buffer)
	for _, value := range values {
		if err := lines.Encode(value); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// Load reads a saved run. A run that has a workload which there is no more cannot
// be judged; the error says so. Samples may be missing: they prove nothing. Feeds may
// be, too: what no feed has told is not decided.
func Load(dir string) (Record, error) {
	records, err := readAll[Record](dir, RecordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, fmt.Errorf("%w: %w", ErrNoRecord, err)
	}
	if err != nil {
		return Record{}, err
	}
	if len(records) != 1 {
		return Record{}, fmt.Errorf("%w: %d records in %s", ErrNoRecord, len(records), RecordFile)
	}
	r := records[0]
	if len(r.Nodes) == 0 || r.End.Problem == "" && len(r.End.Dumps) != len(r.Nodes) {
		return r, fmt.Errorf("%w: %s has %d nodes, and what %d of them held at the end", ErrNoRecord, RecordFile, len(r.Nodes), len(r.End.Dumps))
	}
	if _, err := workload.Choose(workload.All(r.Nodes), r.Config.Workloads); err != nil {
		return r, fmt.Errorf("%s: %w", RecordFile, err)
	}
	if r.Events, err = readAll[history.Event](dir, HistoryFile); err != nil {
		return r, err
	}
	if err := history.Validate(r.Events); err != nil {
		return r, fmt.Errorf("%s: %w", HistoryFile, err)
	}
	if r.Length > 0 && len(r.Events) != r.Length {
		return r, fmt.Errorf("%s: %w: it has %d events, the run had %d", HistoryFile, history.ErrInvalid, len(r.Events), r.Length)
	}
	if r.Samples, err = readAny[Sample](dir, SamplesFile); err != nil {
		return r, err
	}
	for _, node := range r.Nodes {
		news, err := readAny[history.News](dir, FeedFile(node))
		if err != nil {
			return r, err
		}
		if len(news) > 0 {
			r.Feeds = append(r.Feeds, history.Feed{Name: node, News: news})
		}
	}
	return r, nil
}

// readAny is readAll for a file that need not be there.
func readAny[T any](dir, name string) ([]T, error) {
	values, err := readAll[T](dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return values, err
}

// readAll reads a file of JSON values, or its compressed form.
func readAll[T any](dir, name string) ([]T, error) {
	file, err := open(dir, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var values []T
	decoder := json.NewDecoder(bufio.NewReader(file))
	for {
		var value T
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s, value %d: %w", name, len(values)+1, err)
		}
		values = append(values, value)
	}
}

func open(dir, name string) (io.ReadCloser, error) {
	plain, missing := os.Open(filepath.Join(dir, name))
	if !errors.Is(missing, fs.ErrNotExist) {
		return plain, missing
	}
	packed, err := os.Open(filepath.Join(dir, name+".gz"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	lines, err := gzip.NewReader(packed)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s.gz: %w", name, err), packed.Close())
	}
	return unpacked{lines, packed}, nil
}

// unpacked is a compressed file that is read.
type unpacked struct {
	*gzip.Reader
	file io.Closer
}

func (u unpacked) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }
