package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// digestColumns is how much of a digest the table shows: enough to see at a
// glance that two differ.
const digestColumns = 12

// printReports writes the reports as JSON or as a table, with one line below it
// for each member that has stopped by itself.
func printReports(out io.Writer, reports []report, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(map[string]any{"nodes": reports})
		if err != nil {
			return fmt.Errorf("status is not understood: %w", err)
		}
		_, err = fmt.Fprintln(out, string(text))
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MEMBER\tROLE\tLEADER\tTERM\tREADY\tREVISION\tDIGEST\tITEMS\tURL")
	for _, r := range reports {
		fmt.Fprintln(table, r.row())
	}
	for _, member := range notAsked(reports) {
		fmt.Fprintf(table, "%s\t(not asked)\t\t\t\t\t\t\t%s\n", member.ID, member.Address)
	}
	for _, r := range reports {
		if r.status.Error != "" {
			fmt.Fprintf(table, "%s has stopped: %s\n", r.status.ID, r.status.Error)
		}
	}
	return table.Flush()
}

// row is the report as a line of the table.
func (r report) row() string {
	s := r.status
	if r.err != nil {
		return "-\tunreachable\t\t\t\t\t\t\t" + r.URL
	}
	ready := "no"
	if s.Ready {
		ready = "yes"
	}
	digest := s.Digest[:min(len(s.Digest), digestColumns)]
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%d\t%s\t%d\t%s",
		s.ID, s.Role, cmp.Or(s.Leader, "-"), s.Term, ready, s.Revision, digest, s.Items, r.URL)
}

// notAsked are the members that a node named and no report is from, in the
// order they were named: nodes know each other's addresses, but not the URLs
// that people reach them at.
func notAsked(reports []report) []memberInfo {
	seen := make(map[string]bool)
	for _, r := range reports {
		seen[r.status.ID] = true
	}
	var missing []memberInfo
	for _, r := range reports {
		for _, member := range r.Members {
			if !seen[member.ID] {
				seen[member.ID], missing = true, append(missing, member)
			}
		}
	}
	return missing
}

// silent returns an error that names the addresses that did not answer, with
// the reason of each, and nil when all did.
func silent(reports []report) error {
	var failed []error
	for _, r := range reports {
		if r.err != nil {
			failed = append(failed, r.err)
		}
	}
	if len(failed) == 0 || len(reports) == 1 {
		return errors.Join(failed...)
	}
	return fmt.Errorf("%d of %d nodes did not answer: %w", len(failed), len(reports), errors.Join(failed...))
}
