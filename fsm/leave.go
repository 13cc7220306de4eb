package fsm

import (
	"fmt"

	"example.com/gstate/tree"
)

// An item may have operations that are made when it leaves: when it is removed
// by whatever operation, when its lease is over, or with its keeper. They are
// made all or none, with the change that removes it, after all that it keeps is
// removed; those that are refused change nothing, and nobody is told. They may
// not say again what is to be made later, so that a chain of them has an end.

const (
	// MaxLeave is the greatest number of operations that are made when one item
	// leaves.
	MaxLeave = 64
	// MaxLeaveBytes is the greatest size of them all, encoded: they are kept as
	// one value.
	MaxLeaveBytes = tree.MaxValueBytes
)

// setLeave gives an item the operations for its end, in the place of any that it
// has.
func (d *Draft) setLeave(o Operation) error {
	leaving, err := d.lifeAt(o.Kind, o.Path)
	if err != nil {
		return err
	}
	at := tree.Path{livesOf, leaving.key, lifeLeave}
	d.lives.remove(at)
	if len(o.Leave) > 0 {
		d.lives.set(at, tree.BytesValue(appendOperations(nil, o.Leave)))
		if !leaving.follows {
			d.lives.show(leaving)
		}
	}
	d.lives.settle(leaving.key)
	return nil
}

// leave makes the operations that something had for its end, and returns how
// many they are.
func (d *Draft) leave(encoded []byte) int {
	if len(encoded) == 0 {
		return 0
	}
	decoder := decoder{rest: encoded}
	operations := decodeList(&decoder, MaxLeave, decodePlain)
	d.lives.must(decoder.end())
	undo := d.undo()
	for _, operation := range operations {
		if _, err := d.operate(operation); err != nil {
			undo()
			break
		}
	}
	return len(operations)
}

// validateLeave refuses operations that cannot be made when an item leaves.
func (o Operation) validateLeave() error {
	if n := len(o.Leave); n > MaxLeave {
		return fmt.Errorf("%w: %d operations for when an item leaves, the limit is %d", tree.ErrTooLarge, n, MaxLeave)
	}
	for _, operation := range o.Leave {
		if !operation.Kind.plain() {
			return fmt.Errorf("%w: %v among the operations for when an item leaves", tree.ErrInvalid, operation.Kind)
		}
	}
	if err := validateOperations("operation for when it leaves", o.Leave); err != nil {
		return err
	}
	if n := len(appendOperations(nil, o.Leave)); n > MaxLeaveBytes {
		return fmt.Errorf("%w: operations for when an item leaves of %d bytes, the limit is %d", tree.ErrTooLarge, n, MaxLeaveBytes)
	}
	return nil
}
