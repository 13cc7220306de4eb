package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"
)

// summarize reads everything back from every member, and tells what became of
// the writes. Nobody may be writing any more. Three things are checked: what
// was acknowledged is everywhere, what was refused is nowhere, and all members
// have one and the same tree.
func (s *stage) summarize(ctx context.Context, writes *ledger) error {
	account := writes.account()
	s.title("What became of the writes")
	s.say("%d were acknowledged: every member must have them.", len(account.acknowledged))
	s.say("%d were refused, most because the member they were sent to was down: no member may have them.", len(account.refused))
	s.say("%d are unknown: they were sent, and the crash took their answer. Made or not, both is right.", len(account.unknown))
	s.say("The longest time without an acknowledged write was %v.", account.pause.Round(time.Millisecond))
	views, err := s.settle(ctx)
	if err != nil {
		return err
	}
	audits, err := s.audit(ctx, account)
	if err != nil {
		return err
	}
	if err := s.table(account, views, audits); err != nil {
		return err
	}
	for n, i := range s.instances {
		s.check(audits[n].holds(account), "%s has every acknowledged write, no refused one, and nothing else", i.id)
	}
	equal := !slices.ContainsFunc(views, func(v view) bool { return !v.sameTree(views[0]) })
	s.check(equal, "all members have the same tree: equal digests at the same revision")
	return nil
}

// audit compares what each member has of the jobs with the account. Each member
// answers from its own tree, so that a write that one of them lacks is seen.
func (s *stage) audit(ctx context.Context, account account) ([]audit, error) {
	audits := make([]audit, len(s.instances))
	for n, i := range s.instances {
		var found struct {
			Jobs map[string]string `json:"jobs"`
		}
		if _, err := i.read(ctx, `{"jobs":1}`, &found); err != nil {
			return nil, fmt.Errorf("read of all jobs at %s: %w", i.id, err)
		}
		audits[n] = account.audit(found.Jobs)
	}
	return audits, nil
}

// table tells what was found at each member, next to what its writers were
// told.
func (s *stage) table(account account, views []view, audits []audit) error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n   MEMBER\tREVISION\tDIGEST\tACKNOWLEDGED\tREFUSED\tUNKNOWN\tOTHER")
	for n, v := range views {
		found := audits[n]
		fmt.Fprintf(table, "   %s\t%d\t%s\t%d of %d\t%d of %d\t%d of %d\t%d\n", v.id, v.revision, v.digest,
			found.acknowledged, len(account.acknowledged), found.refused, len(account.refused),
			found.unknown, len(account.unknown), found.foreign)
	}
	fmt.Fprintln(table)
	return table.Flush()
}
