package web

import (
	"context"
	"fmt"
	"net/http"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// maxClauses is the greatest length of a list in a transaction. It is the limit
// of package fsm, which would refuse a longer one too, but not before all of it
// is in memory: a body has room for hundreds of thousands.
const maxClauses = 4096

// decided is the answer to a transaction.
type decided struct {
	// Revision is that of the tree after it.
	Revision uint64 `json:"revision"`
	// Else says that a condition did not hold, and that the operations of
	// "else" were made.
	Else bool `json:"else"`
	// Results has what each operation of the branch that was made gave, null
	// for those that give nothing.
	Results []tree.Value `json:"results"`
}

// transact makes the transaction in the body.
func (h *handler) transact(ctx context.Context, c *call) error {
	if err := refuseConditions(c.r.Header); err != nil {
		return err
	}
	body, err := c.readBody(ctx)
	if err != nil {
		return err
	}
	transaction, err := parseTransaction(body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	result, err := h.node.Decide(ctx, transaction)
	if err != nil {
		return err
	}
	return answer(c.w, http.StatusOK, decidedAs(transaction, result))
}

// decidedAs returns the answer of the result to this transaction.
func decidedAs(transaction cluster.Transaction, result cluster.Result) decided {
	operations := transaction.Then
	if result.Else {
		operations = transaction.Else
	}
	results := make([]tree.Value, len(operations))
	for place := range results {
		results[place] = result.Value(place)
	}
	return decided{Revision: result.Revision, Else: result.Else, Results: results}
}

// parseTransaction reads the body of a transaction. Whatever is not understood
// is an error that says where: a condition that was dropped would let through
// what it was to stop.
func parseTransaction(body []byte) (transaction cluster.Transaction, err error) {
	r := newBodyReader(body)
	err = r.object([]string{"if", "then", "else"}, func(name string) error {
		switch name {
		case "if":
			return readClauses(r, "condition", conditionForms, &transaction.If)
		case "then":
			return readClauses(r, "operation", operationForms, &transaction.Then)
		}
		return readClauses(r, "else operation", operationForms, &transaction.Else)
	})
	if err == nil {
		err = r.end()
	}
	if err == nil && transaction.If == nil && transaction.Then == nil {
		err = invalid(`neither "if" nor "then" is given`)
	}
	return transaction, err
}

// readClauses reads a list into one that is never nil afterwards, so that an
// empty one can be told from none. What names a clause in errors, with its
// place from 1 on, as package fsm does.
func readClauses[T any](r bodyReader, what string, known forms[T], into *[]T) error {
	*into = []T{}
	names := known.names()
	return r.array(func() error {
		if len(*into) == maxClauses {
			return fmt.Errorf("%w: more than %d of the kind %s", cluster.ErrTooLarge, maxClauses, what)
		}
		clause, err := r.fields(names)
		var made T
		if err == nil {
			made, err = known.read(clause)
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", what, len(*into)+1, err)
		}
		*into = append(*into, made)
		return nil
	})
}
