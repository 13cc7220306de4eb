package main

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"

	"example.com/gstate/cluster"
)

// newOutcomeCommand returns the command that asks what has become of a write.
func newOutcomeCommand() *cobra.Command {
	var flags calling
	cmd := &cobra.Command{
		Use:   "outcome ID",
		Short: "Find out whether a write of unknown outcome was applied",
		Long: `outcome asks for the outcome of a write that ended with status 7, by the id in
its error. Any member can tell, also when the one that was asked then is gone.

From then on the outcome is certain: a write that has not been applied never
will be (status 9). A write that was refused ends with the status of its
refusal. Status 7 says that the cluster knows nothing of it any more.`,
		Example: "  node outcome 2048-17",
		Args:    arguments("ID"),
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := cluster.ParseWriteID(args[0])
		if err != nil {
			return usagef(cmd, "ID: %w", err)
		}
		body, err := json.Marshal(map[string]string{"write": id.String()})
		if err != nil {
			return err
		}
		// Asked twice it answers the same, so it may go to the next address.
		return flags.transact(cmd, request{method: http.MethodPost, path: "/v1/outcome", body: body})
	}
	return cmd
}
