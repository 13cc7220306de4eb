package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// stageSize is the smallest number of members that goes on without one of
	// them.
	stageSize = 3

	// stageTimeout is the engine's default halved: a demo is watched, and an
	// election that follows from a busy machine does it no harm.
	stageTimeout = 500 * time.Millisecond

	// callTimeout bounds each call of the demo. It covers several elections.
	callTimeout = 8 * time.Second

	// startTimeout bounds how long members may take to be ready, also on a
	// machine that is busy with other things.
	startTimeout = 20 * time.Second
)

// stage is what the scenes of the demo share: the members, and the voice that
// tells what happens. One goroutine plays the scenes; only that one speaks.
type stage struct {
	// out is where the demo tells what it does.
	out io.Writer
	// program is what this program was called, for what the reader may type.
	program string
	// dir has the members' folders and logs.
	dir string
	// instances are those of the service, in the order of their ids; none
	// before the first scene.
	instances []*instance
	// scene numbers the titles.
	scene int
	// broken counts the checks that did not hold.
	broken int
}

// title begins a scene.
func (s *stage) title(text string) {
	s.scene++
	fmt.Fprintf(s.out, "\n%d. %s\n", s.scene, text)
}

// say tells one line, indented below the title of its scene.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.out, "   %s\n", fmt.Sprintf(format, args...))
}

// check tells whether what the line claims held. The demo goes on either way,
// so that it shows all that is wrong, but it will not end with status 0.
func (s *stage) check(held bool, format string, args ...any) {
	verdict := "[ ok ]"
	if !held {
		verdict, s.broken = "[FAIL]", s.broken+1
	}
	fmt.Fprintf(s.out, "   %s %s\n", verdict, fmt.Sprintf(format, args...))
}

// stop ends all members in order, and waits until their processes are gone, at
// the longest a little over stopPatience.
func (s *stage) stop() {
	var stopping sync.WaitGroup
	for _, i := range s.instances {
		if i.process != nil {
			stopping.Go(i.process.stop)
		}
		i.nodes.close()
	}
	stopping.Wait()
}

// named returns the instance with this id.
func (s *stage) named(id string) (*instance, error) {
	for _, i := range s.instances {
		if i.id == id {
			return i, nil
		}
	}
	return nil, errors.New("no member is named " + id)
}
