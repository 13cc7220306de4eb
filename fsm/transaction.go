package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// Draft is a state on which transactions are made: by the machine for good, and
// by an instance that tries one before it proposes it. It is used by one
// goroutine at a time.
type Draft struct {
	edit  *tree.Edit
	lives lives
	// session is that of the present command.
	session uint64
	// created counts the children that the present transaction has created,
	// and written is where its last operation has written.
	created int
	written tree.Path
	// young are the lives of items that the present change itself has made. What
	// comes at their paths in the same change cannot be told from them by its
	// revision.
	young []life
	// view says that what follows from the ends of items is not made.
	view bool
	// expelled are the items that were removed by no operation on them, reasons
	// those of the present change, and changes the ones before it.
	expelled []Expelled
	reasons  Reasons
	changes  []changeEnd
}

// NewDraft returns a draft that begins as the tree, without leases.
func NewDraft(t *tree.Tree) *Draft { return newDraft(t, tree.New()) }

// NewView returns a draft for one transaction that is made piece by piece: what
// follows from the ends of items is not made on it, since it comes after the last
// of them.
func NewView(t *tree.Tree) *Draft {
	draft := NewDraft(t)
	draft.view = true
	return draft
}

func newDraft(t, held *tree.Tree) *Draft {
	return &Draft{edit: t.Edit(), lives: lives{held.Edit()}}
}

// Get returns the item at the path as the draft has it; it holds until the next
// operation.
func (d *Draft) Get(path tree.Path) (tree.Item, bool) { return d.edit.Get(path) }

// Eval returns what the query reads from the draft.
func (d *Draft) Eval(q tree.Query) (tree.Value, bool) { return d.edit.Eval(q) }

// Hold reports whether all conditions hold on the draft.
func (d *Draft) Hold(conditions []Condition) bool {
	_, code, _ := d.decideAll(conditions)
	return code == CodeOK
}

// Tree returns the tree that the draft is now.
func (d *Draft) Tree() *tree.Tree { return d.edit.Tree() }

// Apply decides the conditions and then makes all the changes, or none. The
// transaction must be valid.
func (d *Draft) Apply(t Transaction) Answer {
	answer := d.decideAndOperate(t)
	answer.Revision = d.edit.Revision()
	return answer
}

func (d *Draft) decideAndOperate(t Transaction) Answer {
	operations, answer := t.Operations, Answer{}
	if at, code, detail := d.decideAll(t.Conditions); code != CodeOK {
		answer = Answer{Code: code, At: at, Detail: detail}
		if !t.HasElse {
			return answer
		}
		operations, answer.Code, answer.Else = t.Else, CodeOK, true
	}
	return d.operateAll(operations, len(t.Conditions), answer)
}

// decideAll returns CodeOK when all conditions hold, and else which is the
// first that does not.
func (d *Draft) decideAll(conditions []Condition) (at uint32, code Code, detail uint64) {
	for i, condition := range conditions {
		if code, detail := d.decide(condition); code != CodeOK {
			return uint32(i + 1), code, detail
		}
	}
	return 0, CodeOK, 0
}

// operateAll makes all the changes, with what follows from them, and completes
// the answer, or makes none. before is how many places of the command stand
// before these operations.
func (d *Draft) operateAll(operations []Operation, before int, answer Answer) Answer {
	d.created, d.written = 0, nil
	d.reasons = Reasons(0).With(reasonOf(len(operations)))
	backlog := d.backlog()
	undo := func() {}
	if len(operations) > 1 {
		// One operation needs no way back: it is atomic, and marking a state
		// would give up the records of the tree that can be changed in place.
		undo = d.undo()
	}
	for i, operation := range operations {
		result, err := d.operate(operation)
		if err != nil {
			undo()
			return Answer{Code: codeOf(err), At: uint32(before + i + 1), Else: answer.Else}
		}
		answer.addResult(i, result)
	}
	if !backlog && !d.view {
		d.cascade()
	}
	d.commit()
	return answer
}

// undo returns the way back to the present state.
func (d *Draft) undo() func() {
	mark, held := d.edit.Mark(), d.lives.edit.Mark()
	young, expelled := len(d.young), len(d.expelled)
	return func() {
		d.edit.Rollback(mark)
		d.lives.edit.Rollback(held)
		d.young, d.expelled = d.young[:young], d.expelled[:expelled]
	}
}

// commit ends a change.
func (d *Draft) commit() {
	if d.lives.sweepDue() {
		d.lives.sweep(d.alive)
	}
	d.young = nil
	if revision, changed := d.edit.Commit(); changed {
		d.noteChange(revision)
	}
	d.lives.edit.Commit()
}

// decide returns CodeOK when the condition holds on the present state. The
// detail of any other code is the newest revision at the path, 0 when nothing
// stands there.
func (d *Draft) decide(c Condition) (code Code, detail uint64) {
	item, ok := d.edit.Get(c.at())
	switch {
	case c.Kind == CondMissing && ok:
		return CodeExists, item.Newest()
	case c.Kind == CondMissing:
		return CodeOK, 0
	case c.Kind == CondResult:
		return d.decideResult(c, item)
	case !ok:
		return CodeNotFound, 0
	case !d.demand(c, item):
		return CodeConflict, item.Newest()
	}
	return CodeOK, 0
}

// decideResult is decide for a condition on the result of a query at the item,
// which need not be there.
func (d *Draft) decideResult(c Condition, item tree.Item) (code Code, detail uint64) {
	result, exists, err := d.edit.EvalWithin(c.Query, MaxQueryWork)
	switch {
	case err != nil:
		return CodeTooLarge, 0
	case SumResult(result, exists) != c.Sum:
		return CodeConflict, item.Newest()
	}
	return CodeOK, 0
}

// demand reports whether the item is as the condition wants it.
func (d *Draft) demand(c Condition, item tree.Item) bool {
	switch c.Kind {
	case CondUnmodified:
		return item.Newest() <= c.Revision && c.Revision <= d.edit.Revision()
	case CondItemUnmodified:
		return item.Modified() <= c.Revision && c.Revision <= d.edit.Revision()
	case CondHeld:
		return item.Created() == c.Revision
	case CondEquals:
		return holds(item, c.Value)
	}
	return true
}

// holds reports whether the item and everything beneath it equal the value. It
// ends at the first difference and so takes time for the value, which the
// command carries, never for the tree, which may be far larger.
func holds(item tree.Item, value tree.Value) bool {
	if item.IsLeaf() {
		return item.Value().Equal(value)
	}
	if item.Kind() != value.Kind() || item.Len() != value.Len() {
		return false
	}
	for key, child := range item.Children() {
		if member, ok := value.Get(key); !ok || !holds(child, member) {
			return false
		}
	}
	return true
}

// operate makes one operation and returns its result, null for the kinds that
// have none. It is all or nothing. The error wraps a sentinel that stands for
// a Code; the operation must be valid.
func (d *Draft) operate(o Operation) (result tree.Value, err error) {
	if o.OfWritten() {
		if o.Path = d.written; len(o.Path) == 0 {
			return tree.Value{}, fmt.Errorf("%w: %v of the root", tree.ErrInvalid, o.Kind)
		}
	}
	if result, err = d.change(o); err != nil {
		return tree.Value{}, err
	}
	if d.written = o.Path; o.Kind == OpCreate {
		d.written = o.Path.Child(result.Str())
	}
	d.noteEnds(o)
	return result, nil
}

// change is operate for an operation that names its item.
func (d *Draft) change(o Operation) (result tree.Value, err error) {
	switch o.Kind {
	case OpSet:
		err = d.edit.Set(o.Path, o.Value)
	case OpInsert:
		err = d.edit.Insert(o.Path, o.Value)
	case OpUpdate:
		err = d.edit.Update(o.Path, o.Value)
	case OpReplace:
		err = d.edit.Replace(o.Path, o.Value)
	case OpRemove:
		err = d.edit.Remove(o.Path)
	case OpDelete:
		err = d.edit.Delete(o.Path)
	case OpExpire:
		err = d.lend(o)
	case OpPersist:
		err = d.persist(o)
	case OpKeepWhile:
		err = d.keepWhile(o)
	case OpEphemeral:
		err = d.keepBySession(o)
	case OpOnLeave:
		err = d.setLeave(o)
	default:
		return d.compute(o)
	}
	return result, err
}
