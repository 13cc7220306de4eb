package main

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.com/gstate/tree"
)

// ifHeldFlag is the name of the flag, and of the parameter in the contract.
const ifHeldFlag = "if-held"

// ifHeld is the flag that makes a write conditional on a lock.
type ifHeld struct{ text string }

// registerIfHeld adds the flag to cmd.
func registerIfHeld(cmd *cobra.Command) *ifHeld {
	held := new(ifHeld)
	cmd.Flags().StringVar(&held.text, ifHeldFlag, "",
		"write only if the item at a path is still the one with this token, as the command lock gives them: `PATH:TOKEN`")
	return held
}

// add returns the parameters with the condition beside them, if it was given.
// An empty one counts as given: a script whose variables are empty must not
// write without its lock. The error is a usage error.
func (h *ifHeld) add(cmd *cobra.Command, query url.Values) (url.Values, error) {
	if !cmd.Flags().Changed(ifHeldFlag) {
		return query, nil
	}
	colon := strings.LastIndexByte(h.text, ':')
	if colon < 0 {
		return nil, usagef(cmd, "--%s %q: want PATH:TOKEN", ifHeldFlag, h.text)
	}
	path, err := tree.ParsePath(h.text[:colon])
	if err == nil && len(path) == 0 {
		return nil, usagef(cmd, "--%s %q: the path is empty", ifHeldFlag, h.text)
	}
	if err != nil {
		return nil, usagef(cmd, "--%s: %w", ifHeldFlag, err)
	}
	if _, err := strconv.ParseUint(h.text[colon+1:], 10, 64); err != nil {
		return nil, usagef(cmd, "--%s %q: the token is no whole number", ifHeldFlag, h.text)
	}
	return withParameter(query, ifHeldFlag, h.text), nil
}
