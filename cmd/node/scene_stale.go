package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"example.com/gstate/tree"
)

// staleUpdate plays the six steps of a stale update: what one instance has
// removed, another one that has not noticed cannot bring back by updating it.
// Whether the item exists is decided where the log has the update, behind the
// removal, and not where the second instance looks; so every member decides the
// same, and none needs to be asked.
func (s *stage) staleUpdate(ctx context.Context) error {
	first, second := s.instances[0], s.instances[1]
	user := tree.Path{"users", "anna"}
	s.title("A stale update is refused, in six steps")

	revision, err := first.write(ctx, http.MethodPost, user, `{"name":"Anna","age":41}`)
	if err != nil {
		return fmt.Errorf("insert of %s: %w", user, err)
	}
	s.say("1) Instance %s inserts %s: revision %d.", first.id, user, revision)

	shown, err := second.show(ctx, user, revision)
	if err != nil {
		return err
	}
	s.say("2) Instance %s reads %s and shows it in a form.", second.id, shown)

	if revision, err = first.write(ctx, http.MethodDelete, user, ""); err != nil {
		return fmt.Errorf("remove of %s: %w", user, err)
	}
	s.say("3) Instance %s removes %s: revision %d. The form still shows the user.", first.id, user, revision)

	// What every member has now is what it must still have in the end.
	before, err := s.settle(ctx)
	if err != nil {
		return err
	}
	s.say("4) Instance %s, which has not looked again, saves the form: an update with age 42.", second.id)
	_, err = second.write(ctx, http.MethodPatch, user, `{"age":42}`)
	return s.staleOutcome(ctx, err, before)
}

// staleOutcome plays the last two steps: err is what became of the update,
// before what the members had.
func (s *stage) staleOutcome(ctx context.Context, err error, before []view) error {
	refusal, refused := errors.AsType[*problem](err)
	s.check(refused && refusal.Code == "not_found", "5) It comes after the removal, and is refused: %v.", err)
	after, err := s.settle(ctx)
	if err != nil {
		return err
	}
	s.say("   A digest is the fingerprint of a whole tree: equal ones mean equal trees.")
	for _, v := range after {
		s.say("   %s", v)
	}
	unchanged := slices.EqualFunc(before, after, view.sameTree)
	s.check(unchanged, "6) No member's tree has changed: revisions and digests are as before the update.")
	return nil
}
