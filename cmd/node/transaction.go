package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// newTransactionCommand returns the command that sends a transaction. Its text
// is the node's own: this side looks at no more of it than whether it is JSON,
// so that whatever a later node understands can be sent too.
func newTransactionCommand() *cobra.Command {
	var flags calling
	cmd := &cobra.Command{
		Use:   "transaction [FILE|JSON|-]",
		Short: "Make several writes under conditions, all or none",
		Long: `transaction sends what FILE holds: a JSON object of conditions ("if") and of
operations, "then" for the case that all of them hold, and "else" for the
other one. It is decided in one step, by all members alike; the operations of
the branch are made together, or none is. Without FILE, or with -, it reads
standard input; an argument that begins with { is the object itself.

Without "else", a condition that does not hold ends it with the status of its
kind: 3 not found, 4 exists already, 5 conflict. With "else" the status is 0,
and the first line says that else was made. Each line after it is what one
operation gave, by its place: a sum, an index, a new key.

A PATH is a text, or an array of keys: ["users", "anna@example.com"].

  if         {"exists": PATH}, {"missing": PATH}, {"equals": PATH, "value": V},
             {"unmodified": PATH, "since": REVISION}, item-unmodified,
             {"held": PATH, "token": REVISION}, {"matches": SHAPE, "result": V}
  then,      {"set": PATH, "value": V}, insert, update, replace, add, min, max,
  else       append, create; {"remove": PATH}, delete;
             {"union": PATH, "values": [V, ...]}, difference;
             {"expire": PATH, "ttl": "30s"}, ephemeral; {"persist": PATH};
             {"keep-while": PATH, "keeper": PATH};
             {"on-leave": PATH, "make": [OPERATION, ...]}

` + writeHelp,
		Example: `  # 30 from Anna to Bert, if Anna's account is as it was at revision 17
  node transaction '{
    "if":   [{"unmodified": "accounts.anna", "since": 17}, {"exists": "accounts.bert"}],
    "then": [{"add": "accounts.anna", "value": -30}, {"add": "accounts.bert", "value": 30}]}'

  # take the job, or else stand in line for it
  node transaction --json <<'END'
  {"if":   [{"missing": "jobs.nightly"}],
   "then": [{"set": "jobs.nightly", "value": "worker-7"}],
   "else": [{"append": "waiting", "value": "worker-7"}]}
  END`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "transaction needs only FILE: %q is too much", args[1])
			}
			return nil
		},
	}
	flags.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body, err := readTransaction(cmd, append(args, "-")[0])
		if err != nil {
			return err
		}
		return flags.transact(cmd, request{method: http.MethodPost, path: "/v1/transaction", body: body, write: true})
	}
	return cmd
}

// readTransaction returns the transaction that the argument is, or leads to.
// The error is a usage error, and nothing was sent.
func readTransaction(cmd *cobra.Command, arg string) ([]byte, error) {
	body, err := transactionInput(cmd, arg)
	if err != nil {
		return nil, usagef(cmd, "FILE: %w", err)
	}
	var text json.RawMessage
	if err := json.Unmarshal(body, &text); err != nil {
		return nil, usagef(cmd, "transaction is not JSON: %w", err)
	}
	return body, nil
}

// transactionInput returns the argument itself if it is an object, or else what
// the file with that name or standard input holds, up to maxInputBytes.
func transactionInput(cmd *cobra.Command, arg string) ([]byte, error) {
	if arg == "-" || strings.HasPrefix(strings.TrimSpace(arg), "{") {
		return readInput(arg, cmd.InOrStdin())
	}
	file, err := os.Open(arg)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, maxInputBytes+1))
	if err == nil && len(body) > maxInputBytes {
		err = fmt.Errorf("%s has more than %d bytes", arg, maxInputBytes)
	}
	return body, err
}

// decision is what a node says to a transaction.
type decision struct {
	// Revision is that of the tree after it.
	Revision uint64 `json:"revision"`
	// Else says that a condition did not hold, and "else" was made.
	Else bool `json:"else"`
	// Results has what each operation of the branch gave, null for nothing.
	Results []json.RawMessage `json:"results"`
}

// text is the decision for people.
func (d decision) text() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "revision %d", d.Revision)
	if d.Else {
		b.WriteString(", by else: a condition did not hold")
	}
	for i, result := range d.Results {
		if string(result) != "null" {
			fmt.Fprintf(&b, "\noperation %d: %s", i+1, result)
		}
	}
	return b.String()
}

// transact sends a transaction and prints what was decided.
func (c *calling) transact(cmd *cobra.Command, r request) error {
	body, err := c.send(cmd, r)
	if err != nil {
		return err
	}
	var d decision
	if err := json.Unmarshal(body, &d); err != nil {
		return fmt.Errorf("answer is not understood: %w", err)
	}
	return c.printAnswer(cmd, body, d.text())
}
