package main

import (
	"context"
	"time"
)

// formLimit is the promise of the first scene: from nothing to a cluster that
// takes writes.
const formLimit = 5 * time.Second

// form starts the members and waits until all are ready.
func (s *stage) form(ctx context.Context) (err error) {
	s.title("Three members form a cluster")
	if s.instances, err = cast(s.dir); err != nil {
		return err
	}
	begin := time.Now()
	for _, i := range s.instances {
		if err := i.start(); err != nil {
			return err
		}
		s.say("member %s: %s", i.id, i.base)
	}
	for _, i := range s.instances {
		if err := i.waitReady(ctx); err != nil {
			return err
		}
	}
	took := time.Since(begin)
	status, err := s.instances[0].status(ctx)
	if err != nil {
		return err
	}
	s.say("They have elected %s to put writes in order. Any member takes reads and writes.", status.Leader)
	s.check(took < formLimit, "the cluster was ready after %v", took.Round(time.Millisecond))
	return nil
}
