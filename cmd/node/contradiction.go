package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// claim is something that a report says, and another one must not say
// otherwise.
type claim struct {
	// about is what the claim is about, such as the leader of a term; claims
	// about different things do not contradict each other.
	about string
	// says is what the report says of it.
	says string
	// by is the id of the node that says so.
	by string
}

// claims are those of a report, in the order in which an operator would doubt
// them. What a node does not know, it does not claim.
func (r report) claims() []claim {
	var claims []claim
	add := func(about, says string) {
		if says != "" {
			claims = append(claims, claim{about, says, r.status.ID})
		}
	}
	ids := make([]string, len(r.Members))
	for i, member := range r.Members {
		ids[i] = member.ID
	}
	slices.Sort(ids)
	add("the cluster", r.status.Cluster)
	add("the list of members", strings.Join(ids, ", "))
	add(fmt.Sprintf("the leader of term %d", r.status.Term), r.status.Leader)
	add(fmt.Sprintf("the digest of revision %d", r.status.Revision), r.status.Digest)
	return claims
}

// contradictions returns an error that names the claims of the reports that
// cannot all be true of one cluster, each with the first two nodes that differ;
// nil means that there are none.
func contradictions(reports []report) error {
	first := make(map[string]claim)
	told := make(map[string]bool)
	var found []error
	for _, r := range reports {
		for _, c := range r.claims() {
			known, ok := first[c.about]
			switch {
			case !ok:
				first[c.about] = c
			case known.says != c.says && !told[c.about]:
				told[c.about] = true
				found = append(found, fmt.Errorf("%s is %s to %s, and %s to %s", c.about, known.says, known.by, c.says, c.by))
			}
		}
	}
	return errors.Join(found...)
}

// assess returns what is wrong with the reports: contradictions, which are
// worse than silence, and the addresses that did not answer.
func assess(reports []report) error {
	found := contradictions(reports)
	if found == nil {
		return silent(reports)
	}
	return &hintedError{
		err:  errors.Join(fmt.Errorf("the nodes contradict each other: %w", found), silent(reports)),
		hint: "give --addr the nodes of one cluster alone; if it is one, stop writing and keep its folders as they are",
	}
}
