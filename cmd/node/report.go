package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// digestColumns is how much of a digest the table shows: enough to see at a
// glance that two differ.
const digestColumns = 12

// printReports writes the reports as JSON or as a table, a row for each
// address. Below it stand the members that no report is from, and why a member
// has stopped by itself.
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
	if err := table.Flush(); err != nil {
		return err
	}
	return printNotes(out, reports)
}

// printNotes writes what does not fit into a row.
func printNotes(out io.Writer, reports []report) error {
	var notes strings.Builder
	ids, failed := unheard(reports)
	if len(ids) > 0 {
		fmt.Fprintf(&notes, "no report from %s", strings.Join(ids, ", "))
		if len(ids) > failed {
			notes.WriteString(": give --addr the URLs of all nodes to see them")
		}
		notes.WriteByte('\n')
	}
	for _, r := range reports {
		if r.status.Error != "" {
			fmt.Fprintf(&notes, "%s has stopped: %s\n", r.status.ID, r.status.Error)
		}
	}
	_, err := io.WriteString(out, notes.String())
	return err
}

// row is the report as a line of the table.
func (r report) row() string {
	s := r.status
	if r.err != nil {
		return "?\tunreachable\t\t\t\t\t\t\t" + r.URL
	}
	ready := "no"
	if s.Ready {
		ready = "yes"
	}
	digest := s.Digest[:min(len(s.Digest), digestColumns)]
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%d\t%s\t%d\t%s",
		s.ID, s.Role, cmp.Or(s.Leader, "-"), s.Term, ready, s.Revision, digest, s.Items, r.URL)
}

// unheard are the ids of the members that a node named and no report is from,
// in the order they were named, and how many addresses failed to answer. Which
// of the members lives at such an address, nobody knows: nodes know each
// other's addresses, but not the URLs that people reach them at.
func unheard(reports []report) (ids []string, failed int) {
	seen := make(map[string]bool)
	for _, r := range reports {
		seen[r.status.ID] = true
		if r.err != nil {
			failed++
		}
	}
	for _, r := range reports {
		for _, member := range r.Members {
			if !seen[member.ID] {
				seen[member.ID], ids = true, append(ids, member.ID)
			}
		}
	}
	return ids, failed
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
