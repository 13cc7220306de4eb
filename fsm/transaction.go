package fsm

import "example.com/gstate/tree"

// Draft is a state on which transactions are made: by the machine for good, and
// by an instance that tries one before it proposes it. It is used by one
// goroutine at a time.
type Draft struct {
	edit   *tree.Edit
	leases leases
	// created counts the children that the present transaction has created.
	created int
}

// NewDraft returns a draft that begins as the tree, without leases.
func NewDraft(t *tree.Tree) *Draft { return newDraft(t, tree.New()) }

func newDraft(t, held *tree.Tree) *Draft {
	return &Draft{edit: t.Edit(), leases: leases{held.Edit()}}
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

// operateAll makes all the changes and completes the answer, or makes none.
// before is how many places of the command stand before these operations.
func (d *Draft) operateAll(operations []Operation, before int, answer Answer) Answer {
	d.created = 0
	undo := d.undo(len(operations))
	for i, operation := range operations {
		result, err := d.Operate(operation)
		if err != nil {
			undo()
			return Answer{Code: codeOf(err), At: uint32(before + i + 1), Else: answer.Else}
		}
		answer.addResult(i, result)
	}
	d.edit.Commit()
	return answer
}

// undo returns the way back to the present state. One operation needs none:
// it is atomic, and marking a state would give up the records of the tree that
// can be changed in place.
func (d *Draft) undo(operations int) func() {
	if operations <= 1 {
		return func() {}
	}
	mark, held := d.edit.Mark(), d.leases.edit.Mark()
	return func() {
		d.edit.Rollback(mark)
		d.leases.edit.Rollback(held)
	}
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
	case c.Kind != CondResult && !ok:
		return CodeNotFound, 0
	case !d.demand(c, item):
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
	case CondResult:
		return SumResult(d.edit.Eval(c.Query)) == c.Sum
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

// Operate makes one operation and returns its result, null for the kinds that
// have none. It is all or nothing. The error wraps a sentinel that stands for
// a Code; the operation must be valid.
func (d *Draft) Operate(o Operation) (result tree.Value, err error) {
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
	case OpExpire, OpPersist:
		err = d.lend(o)
	default:
		return d.compute(o)
	}
	return result, err
}
