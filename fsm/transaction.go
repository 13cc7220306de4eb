package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// apply decides the conditions and then makes all the changes, or none.
func (b *batch) apply(command Command) Answer {
	for i, condition := range command.Conditions {
		if code, detail := b.decide(condition); code != CodeOK {
			return Answer{Code: code, At: uint32(i + 1), Detail: detail}
		}
	}
	undo := b.undo(len(command.Operations))
	for i, operation := range command.Operations {
		if err := b.operate(operation); err != nil {
			undo()
			return Answer{Code: codeOf(err), At: uint32(len(command.Conditions) + i + 1)}
		}
	}
	b.edit.Commit()
	return Answer{}
}

// undo returns the way back to the present state. One operation needs none:
// it is atomic, and marking a state would give up nodes that can be changed
// in place.
func (b *batch) undo(operations int) func() {
	if operations <= 1 {
		return func() {}
	}
	mark := b.edit.Mark()
	return func() { b.edit.Rollback(mark) }
}

// decide returns CodeOK when the condition holds on the present state. The
// detail of any other code is the newest revision at the path, 0 when nothing
// stands there.
func (b *batch) decide(c Condition) (code Code, detail uint64) {
	item, ok := b.edit.Get(c.Path)
	switch {
	case c.Kind == CondMissing && ok:
		return CodeExists, item.Newest()
	case c.Kind == CondMissing:
		return CodeOK, 0
	case !ok:
		return CodeNotFound, 0
	case c.Kind == CondUnmodified && item.Newest() > c.Revision,
		c.Kind == CondEquals && !holds(item, c.Value):
		return CodeConflict, item.Newest()
	}
	return CodeOK, 0
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

// operate makes one change in the draft.
func (b *batch) operate(o Operation) error {
	switch o.Kind {
	case OpSet:
		return b.edit.Set(o.Path, o.Value)
	case OpInsert:
		return b.edit.Insert(o.Path, o.Value)
	case OpUpdate:
		return b.edit.Update(o.Path, o.Value)
	case OpReplace:
		return b.edit.Replace(o.Path, o.Value)
	case OpRemove:
		return b.edit.Remove(o.Path)
	case OpDelete:
		return b.edit.Delete(o.Path)
	}
	return fmt.Errorf("%w: unknown %v", tree.ErrInvalid, o.Kind)
}
