package main

import "testing"

// TestExitStatusesKeepTheirNumbers: scripts know them.
func TestExitStatusesKeepTheirNumbers(t *testing.T) {
	for want, got := range []int{
		exitOK, exitError, exitUsage, exitNotFound, exitExists, exitConflict, exitUnavailable, exitUnknown, exitWrongKind, exitGivenUp,
	} {
		if got != want {
			t.Errorf("the exit status that was %d is %d", want, got)
		}
	}
}
