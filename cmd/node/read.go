package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"example.com/gstate/tree"
)

// The values of --read.
const (
	readLocal        = "local"
	readLinearizable = "linearizable"
)

// reading are the flags of the commands that read once.
type reading struct {
	calling
	// level is readLocal or readLinearizable.
	level string
	// revision is what the node must have reached before it answers; 0 means
	// any.
	revision uint64
}

// register adds the flags to cmd.
func (r *reading) register(cmd *cobra.Command) {
	r.calling.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&r.level, "read", readLocal,
		"local: what the node has now; linearizable: with every write that was acknowledged before")
	flags.Uint64Var(&r.revision, "at-revision", 0, "wait until the node has at least this `revision`")
	err := cmd.RegisterFlagCompletionFunc("read",
		cobra.FixedCompletions([]string{readLocal, readLinearizable}, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag was added two lines above
	}
}

// query returns the parameters of the URL that the flags ask for. The error is
// a usage error.
func (r *reading) query(cmd *cobra.Command) (url.Values, error) {
	query := url.Values{}
	switch r.level {
	case readLocal:
	case readLinearizable:
		query.Set("read", readLinearizable)
	default:
		return nil, usagef(cmd, "--read %s: want %s or %s", r.level, readLocal, readLinearizable)
	}
	if r.revision > 0 {
		query.Set("revision", strconv.FormatUint(r.revision, 10))
	}
	return query, nil
}

// ask sends a read to the first node that can serve it as the flags demand, and
// returns the answer, decoded and as it came.
func (r *reading) ask(cmd *cobra.Command, ask request) (answer, []byte, error) {
	query, err := r.query(cmd)
	if err != nil {
		return answer{}, nil, err
	}
	ask.query = query
	body, err := r.send(cmd, ask)
	if err != nil {
		return answer{}, nil, err
	}
	parsed, err := parseAnswer(body)
	return parsed, body, err
}

// newGetCommand returns the command that reads one path.
func newGetCommand() *cobra.Command {
	var flags reading
	var raw bool
	cmd := &cobra.Command{
		Use:   "get PATH",
		Short: "Print the value at a path",
		Long: `get prints the whole value at PATH as JSON; if nothing stands there, it ends
with status 3. With --json it prints the node's answer, which also has the
revision of the tree and, as "modified", the revision to give to
--if-unmodified of a later write.`,
		Example: `  node get users.anna
  node get users.anna --json
  node get settings.motd --raw
  node get "" --read linearizable`,
		Args:              arguments("PATH"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
	cmd.Flags().BoolVar(&raw, "raw", false, "print a string without its quotes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path, err := parseTarget(args[0])
		if err != nil {
			return usagef(cmd, "PATH: %w", err)
		}
		answer, body, err := flags.ask(cmd, request{method: http.MethodGet, path: path})
		if err != nil {
			return err
		}
		return flags.printAnswer(cmd, body, valueText(answer.Value, raw))
	}
	return cmd
}

// valueText is a value as get prints it: indented JSON, or the bare text of a
// string if raw asks for it. Other values have no raw form and stay JSON.
func valueText(value json.RawMessage, raw bool) string {
	var text string
	if raw && json.Unmarshal(value, &text) == nil {
		return text
	}
	return indented(value)
}

// newQueryCommand returns the command that evaluates a shape query once. That
// nothing is there is an answer, which --json prints, and also an exit status.
func newQueryCommand() *cobra.Command {
	var flags reading
	var at string
	cmd := &cobra.Command{
		Use:   "query SHAPE|-",
		Short: "Print the part of the tree that has a shape",
		Long: `query prints what of the tree a shape selects. If nothing is there, it ends
with status 3. A shape is text or JSON (1, or an object).

  users.anna                   the whole value at a path; . is the root
  users.anna {name, age}       some of its children, {} all that are leaves
  users[] {name}               for each child, as a list; [] $key for the list
                               of keys, [] $count for their number
  users[age >= 18 and (role = "admin" or boss missing)] {name}
                               of some: = != < <= > >= in prefix exists missing
  users[order team, -age offset 20 limit 10 keyed]
                               in an order, - from the greatest down; keyed
                               for an object by keys
  users[match *.tags.**]       of what matches beneath: * is one key, ** any
                               number of keys

Values are JSON. A key that would be read as something else stands in quotes.
Shells take quotes, $ and * away: write the whole shape in single quotes.
In JSON: 1 or {} for leaves, {"key": SHAPE} for some children, {"_": SHAPE} for
each child, {"_": "$key"} for the keys, with "where", "order" and so on beside
"_".`,
		Example: `  node query 'users[age >= 18 order -age limit 10] {name}'
  node query 'items[] $key'
  node query '[match **.password] $key'
  node query '{"_": {"name": 1, "age": 1}}' --path users`,
		Args:              arguments("SHAPE"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&at, "path", "", "apply the shape to what stands at this `path` instead of the root")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		query, r, err := queryRequest(cmd, args[0], at)
		if err != nil {
			return err
		}
		answer, body, err := flags.ask(cmd, r)
		if err == nil && (flags.json || answer.found()) {
			err = flags.printAnswer(cmd, body, indented(answer.Result))
		}
		if err == nil && !answer.found() {
			err = &nothingError{path: query.Path().String()}
		}
		return err
	}
	return cmd
}

// queryRequest makes the request of a query from its text or JSON, or from
// standard input, and the path it is applied to. Both are checked here as the
// node will check them; the error is a usage error.
func queryRequest(cmd *cobra.Command, shape, at string) (tree.Query, request, error) {
	data, err := readInput(shape, cmd.InOrStdin())
	if err != nil {
		return tree.Query{}, request{}, usagef(cmd, "SHAPE: %w", err)
	}
	query, err := parseQuery(string(data))
	if err != nil {
		return tree.Query{}, request{}, usagef(cmd, "SHAPE: %w", err)
	}
	if at != "" && len(query.Path()) > 0 {
		return tree.Query{}, request{}, usagef(cmd, "--path: the shape begins with a path too")
	}
	path, err := tree.ParsePath(at)
	if err != nil {
		return tree.Query{}, request{}, usagef(cmd, "--path: %w", err)
	}
	body, err := json.Marshal(struct {
		Query tree.Query `json:"query"`
		Path  string     `json:"path,omitempty"`
	}{query, at})
	if err != nil {
		return tree.Query{}, request{}, fmt.Errorf("query: %w", err)
	}
	if len(path) > 0 {
		query = query.At(path)
	}
	return query, request{method: http.MethodPost, path: "/v1/query", body: body}, nil
}

// jsonQuery matches the beginning of a query in JSON, and of no text: where a text
// has a key in quotes, no colon follows it. That 1 is JSON is for the ease of
// those who know it; the path is "1".
var jsonQuery = regexp.MustCompile(`^\s*(\{\s*"([^"\\]|\\.)*"\s*:|1(\.0)?\s*$)`)

// parseQuery reads a query in either of its forms, JSON or text.
func parseQuery(text string) (tree.Query, error) {
	if jsonQuery.MatchString(text) {
		return tree.ParseQuery([]byte(text))
	}
	return tree.ParseQueryText(text)
}
