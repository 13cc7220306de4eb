package cluster

import (
	"errors"
	"slices"

	"example.com/gstate/fsm"
	"example.com/gstate/tree"
)

// Tx is the view that the function of a transaction has of the state: a tree
// that nobody else changes, with the operations that the function itself has
// made. What is read through it is remembered: the transaction is made only if
// all of it would still be read so when it is applied, and is tried again else.
// A Tx is used by one goroutine, and not after the function has returned.
type Tx struct {
	base  *tree.Tree
	draft *fsm.Draft
	ops   []fsm.Operation
	// written is where the last of ops has written on the view.
	written tree.Path
	reads   map[readKey]fsm.Condition
	order   []readKey
	// moving are the paths of arrays whose elements the transaction has moved:
	// what stands beneath them depends on all of what stood there before.
	moving []tree.Path
	// err is what is wrong with paths that were read.
	err error
}

// readKey tells reads apart: each is remembered once.
type readKey struct {
	kind  fsm.ConditionKind
	where string
}

func newTx(base *tree.Tree) *Tx {
	return &Tx{base: base, draft: fsm.NewView(base), reads: make(map[readKey]fsm.Condition)}
}

// Revision returns the revision of the tree that the transaction began on.
func (tx *Tx) Revision() uint64 { return tx.base.Revision() }

// Get returns the whole value at the path; it is false when nothing stands
// there. Everything at and beneath the path counts as read.
func (tx *Tx) Get(path tree.Path) (tree.Value, bool) {
	tx.readItem(path, fsm.CondUnmodified)
	item, ok := tx.draft.Get(path)
	return item.Value(), ok
}

// Keys returns the keys of the children of the item at the path, in their
// order, and none when nothing stands there. That no child comes or goes
// counts as read, but not what the children hold.
func (tx *Tx) Keys(path tree.Path) []string {
	tx.readItem(path, fsm.CondItemUnmodified)
	item, _ := tx.draft.Get(path)
	keys := make([]string, 0, item.Len())
	for key := range item.Children() {
		keys = append(keys, key)
	}
	return keys
}

// Query returns what the query reads. Its result counts as read: a change that
// the query does not see does not disturb the transaction, and an element that
// appears in it does. One that looks at more than fsm.MaxQueryWork items finds
// nothing, and the transaction ends with ErrTooLarge.
func (tx *Tx) Query(query tree.Query) (value tree.Value, exists bool) {
	for _, array := range tx.moving {
		tx.readBase(array, fsm.CondUnmodified)
	}
	was, existed, err := query.EvalWithin(tx.base, fsm.MaxQueryWork)
	if err != nil {
		tx.err = errors.Join(tx.err, err)
		return tree.Value{}, false
	}
	tx.remember(query.String(), fsm.Condition{Kind: fsm.CondResult, Query: query, Sum: fsm.SumResult(was, existed)})
	return tx.draft.Eval(query)
}

// Do makes operations on the view, and with the transaction. It stops at the
// first that is refused, and returns its error, which matches ErrNotFound,
// ErrExists, ErrWrongKind, ErrInvalid or ErrTooLarge. A refused operation
// changes nothing, and that it was refused counts as read. The conditions of an
// operation are decided on the view at once: ErrConflict.
//
// The key that Create takes is known only when the transaction is applied: the
// view shows another one. What follows from the end of an item (KeepWhile,
// OnLeave) comes after all operations of the transaction: the view does not show
// it.
func (tx *Tx) Do(ops ...Op) error {
	for _, op := range ops {
		if err := tx.do(op); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) do(op Op) error {
	shown := op
	if op.operation.OfWritten() {
		shown.operation.Path = tx.written
	}
	one := Transaction{Then: []Op{shown}}
	command, err := one.command()
	if err == nil {
		err = command.Validate()
	}
	if err != nil {
		return writeError(command.Operations, err)
	}
	for _, condition := range command.Conditions {
		tx.readCondition(condition)
	}
	result, err := resultOf(tx.draft.Apply(command), command)
	if err != nil {
		tx.readItem(shown.operation.Path, fsm.CondUnmodified)
		return err
	}
	tx.ops = append(tx.ops, op.operation)
	tx.note(shown.operation, result)
	return nil
}

// note remembers what an operation on the view means for the next ones.
func (tx *Tx) note(made fsm.Operation, result Result) {
	tx.written = made.Path
	switch made.Kind {
	case fsm.OpCreate:
		tx.written = made.Path.Child(result.Value(0).Str())
	case fsm.OpAppend, fsm.OpUnion, fsm.OpDifference:
		tx.moving = append(tx.moving, made.Path)
	}
}

// readCondition remembers what a condition of an operation looks at.
func (tx *Tx) readCondition(c fsm.Condition) {
	if c.Kind == fsm.CondResult {
		tx.Query(c.Query)
		return
	}
	tx.readItem(c.Path, fsm.CondUnmodified)
}

// readItem remembers the item at a path as it is in the base, or that there is
// none.
func (tx *Tx) readItem(path tree.Path, kind fsm.ConditionKind) {
	for _, array := range tx.moving {
		if path.HasPrefix(array) {
			tx.readBase(array, fsm.CondUnmodified)
		}
	}
	tx.readBase(path, kind)
}

// readBase remembers one item of the base.
func (tx *Tx) readBase(path tree.Path, kind fsm.ConditionKind) {
	path = slices.Clone(path)
	c := fsm.Condition{Kind: kind, Path: path, Revision: tx.base.Revision()}
	if _, exists := tx.base.Get(path); !exists {
		c = fsm.Condition{Kind: fsm.CondMissing, Path: path}
	}
	tx.remember(path.String(), c)
}

func (tx *Tx) remember(where string, c fsm.Condition) {
	if err := c.Validate(); err != nil {
		tx.err = errors.Join(tx.err, err)
		return
	}
	key := readKey{c.Kind, where}
	if _, known := tx.reads[key]; !known {
		tx.reads[key] = c
		tx.order = append(tx.order, key)
	}
}

// problem returns the error of a transaction that has read what cannot be.
func (tx *Tx) problem() error {
	if tx.err == nil {
		return nil
	}
	return &Error{Operation: "transaction", Err: tx.err}
}

// conditions returns all reads, in their order.
func (tx *Tx) conditions() []fsm.Condition {
	conditions := make([]fsm.Condition, len(tx.order))
	for i, key := range tx.order {
		conditions[i] = tx.reads[key]
	}
	return conditions
}
