package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/gstate/cluster"
	"example.com/gstate/cluster/web"
	"example.com/gstate/tree"
)

func TestTransactionSpeaksTheContract(t *testing.T) {
	const body = `{"then": [{"set": "a", "value": 9007199254740993}]}`
	file := filepath.Join(t.TempDir(), "transfer.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		args  []string
		stdin string
	}{
		{"from an argument", []string{body}, ""},
		{"from a file", []string{file}, ""},
		{"from standard input", []string{"-"}, body},
		{"from standard input without an argument", nil, body},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, `{"revision":18,"else":false,"results":[null]}`)
			got := runProgram(t.Context(), test.stdin, append([]string{"transaction", "--addr", node.url}, test.args...)...)
			got.check(t, exitOK, "revision 18\n", "")
			want := asked{method: "POST", path: "/v1/transaction", body: body, contentType: "application/json"}
			if arrived := node.only(t); arrived != want {
				t.Errorf("asked %+v\nwant  %+v", arrived, want)
			}
		})
	}
}

func TestTransactionPrintsWhatWasDecided(t *testing.T) {
	for _, test := range []struct{ name, answer, stdout string }{
		{"results by their places", `{"revision":18,"else":false,"results":[9007199254740993,null,"0000000000000018-0000"]}`,
			"revision 18\noperation 1: 9007199254740993\noperation 3: \"0000000000000018-0000\"\n"},
		{"else", `{"revision":18,"else":true,"results":[70]}`,
			"revision 18, by else: a condition did not hold\noperation 1: 70\n"},
		{"else that does nothing", `{"revision":17,"else":true,"results":[]}`, "revision 17, by else: a condition did not hold\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			node := answerWith(t, http.StatusOK, test.answer+"\n")
			runProgram(t.Context(), "", "transaction", "{}", "--addr", node.url).check(t, exitOK, test.stdout, "")
			runProgram(t.Context(), "", "transaction", "{}", "--json", "--addr", node.url).check(t, exitOK, test.answer+"\n", "")
		})
	}
}

func TestTransactionTellsRefusalsApart(t *testing.T) {
	for _, test := range []struct {
		code         string
		status, exit int
	}{
		{"not_found", 404, exitNotFound},
		{"exists", 409, exitExists},
		{"conflict", 412, exitConflict},
		{"wrong_kind", 409, exitWrongKind},
		{"invalid", 400, exitUsage},
		{"no_leader", 503, exitUnavailable},
		{"outcome_unknown", 504, exitUnknown},
	} {
		t.Run(test.code, func(t *testing.T) {
			node := refuseWith(t, test.status, test.code, "add a: the reason")
			runProgram(t.Context(), "", "transaction", "{}", "--addr", node.url).check(t, test.exit, "", "node: add a: the reason")
		})
	}
	t.Run("a lost answer", func(t *testing.T) {
		first, second := script(t, hangUp), answerWith(t, http.StatusOK, `{"revision":18}`)
		got := runProgram(t.Context(), "", "transaction", "{}", "--addr", first.url+","+second.url)
		got.check(t, exitUnknown, "", "outcome unknown")
		if len(second.requests()) > 0 {
			t.Error("it was sent again")
		}
	})
}

func TestTransactionThatCannotBeReadIsAUsageError(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(large, []byte(strings.Repeat(" ", maxInputBytes+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, stdin string
		args        []string
		stderr      string
	}{
		{"no file", "", []string{"nowhere.json"}, "FILE: open nowhere.json"},
		{"a folder", "", []string{t.TempDir()}, "is a directory"},
		{"a file that is too large", "", []string{large}, "large.json has more than 8388608 bytes"},
		{"an empty input", " \n", nil, "standard input is empty"},
		{"no JSON", "", []string{"{set: a}"}, "transaction is not JSON: invalid character 's'"},
		{"two transactions", "{} {}", nil, "transaction is not JSON"},
		{"two files", "", []string{"a", "b"}, `needs only FILE: "b" is too much`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runProgram(t.Context(), test.stdin, append([]string{"transaction"}, test.args...)...)
			got.check(t, exitUsage, "", test.stderr)
		})
	}
}

// lone is a node of a tree that only it has, which makes transactions and
// nothing else.
type lone struct {
	web.Node
	tree *tree.Tree
}

func (l *lone) Decide(_ context.Context, transaction cluster.Transaction) (result cluster.Result, err error) {
	l.tree, result, err = transaction.Try(l.tree)
	return result, err
}

// TestTransactionsOfTheHelpWork sends the examples of the help to the HTTP
// interface itself, first as they are and then again.
func TestTransactionsOfTheHelpWork(t *testing.T) {
	examples := regexp.MustCompile(`(?s)'(\{.*?\})'|END'\n(.*?)  END`).FindAllStringSubmatch(newTransactionCommand().Example, -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples are found in the help", len(examples))
	}
	transfer, job := examples[0][1], examples[1][2]
	accounts := map[string]any{"accounts": map[string]any{"anna": 100, "bert": 0}}
	before, _, err := cluster.Transaction{Then: []cluster.Op{cluster.Set(nil, accounts)}}.Try(tree.New())
	if err != nil {
		t.Fatal(err)
	}
	for before.Revision() < 17 {
		edit := before.Edit()
		edit.Set(tree.Path{"other"}, tree.IntValue(int64(before.Revision())))
		edit.Commit()
		before = edit.Tree()
	}
	server := httptest.NewServer(web.Handler(&lone{tree: before}, web.Config{}))
	t.Cleanup(server.Close)
	run := func(stdin string, args ...string) result {
		return runProgram(t.Context(), stdin, append([]string{"transaction", "--addr", server.URL}, args...)...)
	}
	run("", transfer).check(t, exitOK, "revision 18\noperation 1: 70\noperation 2: 30\n", "")
	run("", transfer).check(t, exitConflict, "", "condition unmodified since 17 accounts.anna: conflict")
	run(job, "--json").check(t, exitOK, `{"revision":19,"else":false,"results":[null]}`+"\n", "")
	run(job).check(t, exitOK, "revision 20, by else: a condition did not hold\noperation 1: 0\n", "")
	run("", `{"then": [{"sett": "a"}]}`).check(t, exitUsage, "", `operation 1: invalid: "sett" is unknown here`)
}
