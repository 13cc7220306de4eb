package main

import (
	"context"
	"fmt"
)

// view is what one member has at one moment.
type view struct {
	// id is that of the member.
	id string
	// revision and digest are those of its tree. Equal digests mean equal
	// trees, items and metadata alike.
	revision uint64
	digest   string
}

// String is the view as the demo tells it.
func (v view) String() string {
	return fmt.Sprintf("%s has revision %d, digest %s", v.id, v.revision, v.digest[:min(len(v.digest), digestColumns)])
}

// sameTree says whether both are the same state: equal revisions and digests.
func (v view) sameTree(other view) bool {
	return v.revision == other.revision && v.digest == other.digest
}

// settleTries is how often settle begins again when a write of unknown outcome
// was applied between two members' answers. One such write costs one try, and a
// crash leaves no more of them than there were writers.
const settleTries = 10

// settle waits until every member has everything that was written, and returns
// the view of each. Nobody else may be writing; then all views have one
// revision, and if they do not, the caller's comparison will say so.
func (s *stage) settle(ctx context.Context) (views []view, err error) {
	for range settleTries {
		views, err = s.views(ctx)
		if err != nil || atOneRevision(views) {
			return views, err
		}
	}
	return views, nil
}

// views returns the view of each member, once it has everything that was
// acknowledged before: the first member finds out by a linearizable read which
// revision that is, and the others wait until they have it.
func (s *stage) views(ctx context.Context) ([]view, error) {
	revision, err := s.instances[0].confirm(ctx, 0)
	if err != nil {
		return nil, err
	}
	views := make([]view, len(s.instances))
	for n, i := range s.instances {
		if _, err := i.confirm(ctx, revision); err != nil {
			return nil, err
		}
		status, err := i.status(ctx)
		if err != nil {
			return nil, err
		}
		views[n] = view{status.ID, status.Revision, status.Digest}
	}
	return views, nil
}

// atOneRevision says whether all views have the same revision.
func atOneRevision(views []view) bool {
	for _, v := range views {
		if v.revision != views[0].revision {
			return false
		}
	}
	return true
}
