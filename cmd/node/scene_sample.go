package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.com/gstate/tree"
)

const (
	// sampleItems and samplePause make the scene last two seconds.
	sampleItems = 8
	samplePause = 250 * time.Millisecond

	// sampleQuery asks for the keys of all items.
	sampleQuery = `{"items":{"_":"$key"}}`
)

// sighting is one result that the watching instance was given.
type sighting struct {
	revision uint64
	// keys are those of the items, in the order of the tree, which is that of
	// their times.
	keys []string
	// err is why there will be no more; nil in all but the last one.
	err error
}

// sample plays the sample of the original GState: one instance inserts
// items.<time>, another watches the keys. It ends when the watcher was told of
// all items; results that were replaced by newer ones on the way are not
// missed.
func (s *stage) sample(ctx context.Context) error {
	writer, watcher := s.instances[0], s.instances[2]
	s.title("One instance writes, another is told")
	s.say("Instance %s inserts items.<time> on and on; each write makes the next revision of the tree.", writer.id)
	s.say("Instance %s watches with the query %s, which asks for the keys of all", watcher.id, sampleQuery)
	s.say("items: it gets the whole result at first, then each new one.")
	ctx, cancel := context.WithCancel(ctx)
	sightings := watcher.sight(ctx)
	defer func() {
		cancel()
		for range sightings { // until the watching goroutine has ended
		}
	}()
	inserted, last, err := s.insertAndSee(ctx, writer, watcher, sightings)
	if err != nil {
		return err
	}
	s.check(slices.Equal(inserted, last.keys),
		"instance %s was told of all %d items, in their order", watcher.id, len(inserted))
	return nil
}

// insertAndSee inserts items, tells what the watcher is told meanwhile, and
// returns the keys that were inserted and the last sighting.
func (s *stage) insertAndSee(
	ctx context.Context, writer, watcher *instance, sightings <-chan sighting,
) (inserted []string, last sighting, err error) {
	due := time.NewTicker(samplePause)
	defer due.Stop()
	late := time.After(sampleItems*samplePause + callTimeout)
	for len(inserted) < sampleItems || len(last.keys) < len(inserted) {
		select {
		case <-due.C:
			if len(inserted) == sampleItems {
				continue // all that is left is to be told of them
			}
			key, err := s.insertItem(ctx, writer)
			if err != nil {
				return nil, last, err
			}
			inserted = append(inserted, key)
		case seen := <-sightings: // closed when ctx has ended
			if err := cmp.Or(seen.err, ctx.Err()); err != nil {
				return nil, last, err
			}
			s.checkSighting(watcher, last, seen)
			last = seen
		case <-late:
			return nil, last, fmt.Errorf("instance %s was told of %d items, where %d were inserted",
				watcher.id, len(last.keys), len(inserted))
		}
	}
	return inserted, last, nil
}

// insertItem inserts an item named after the present time in milliseconds,
// which sorts as a number, and returns its key.
func (s *stage) insertItem(ctx context.Context, writer *instance) (key string, err error) {
	key = strconv.FormatInt(time.Now().UnixMilli(), 10)
	path := tree.Path{"items", key}
	revision, err := writer.write(ctx, http.MethodPost, path, `{"by":"`+writer.id+`"}`)
	if err != nil {
		return "", fmt.Errorf("insert of %s: %w", path, err)
	}
	s.say("%s inserts %s, which makes revision %d", writer.id, path, revision)
	return key, nil
}

// checkSighting tells a result, and says so aloud only when it does not come
// after the last one: no member may show a watcher an older state again.
func (s *stage) checkSighting(watcher *instance, last, seen sighting) {
	s.say("%s is told the keys at revision %d: %d of them", watcher.id, seen.revision, len(seen.keys))
	if seen.revision < last.revision || len(seen.keys) < len(last.keys) {
		s.check(false, "a result never goes back behind the last one")
	}
}

// sight watches sampleQuery until ctx ends, in a goroutine that then closes the
// channel. While the scene does not take a result, the node replaces it by
// newer ones.
func (i *instance) sight(ctx context.Context) <-chan sighting {
	sightings := make(chan sighting)
	go func() {
		defer close(sightings)
		for event, err := range i.nodes.watch(ctx, url.Values{"query": {sampleQuery}}) {
			select {
			case sightings <- sightingOf(event, err):
			case <-ctx.Done():
				return
			}
		}
	}()
	return sightings
}

// sightingOf reads what a watch has yielded.
func sightingOf(event answer, err error) sighting {
	var result struct {
		Items []string `json:"items"`
	}
	if err == nil && event.found() {
		err = json.Unmarshal(event.Result, &result)
	}
	return sighting{event.Revision, result.Items, err}
}
