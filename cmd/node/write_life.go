package main

import (
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// life are the flags of a write that say how long the item lives. What it can
// be, the node decides.
type life struct {
	ttl, ephemeral time.Duration
	keeper         string
}

func (l *life) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&l.ttl, "ttl", 0, "remove the item after so long, unless it is given another `time` before")
	flags.StringVar(&l.keeper, "while", "", "remove the item when the one at this `path` is removed")
	flags.DurationVar(&l.ephemeral, "ephemeral", 0,
		"remove the item when the node that takes the write is stopped, or was silent for this `time`")
}

// addTo returns the parameters of a write with those of the flags that were
// given.
func (l *life) addTo(cmd *cobra.Command, query url.Values) url.Values {
	for name, text := range map[string]string{"ttl": l.ttl.String(), "ephemeral": l.ephemeral.String(), "while": l.keeper} {
		if cmd.Flags().Changed(name) {
			query = withParameter(query, name, text)
		}
	}
	return query
}
