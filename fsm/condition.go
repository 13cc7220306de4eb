package fsm

import (
	"crypto/sha256"
	"fmt"

	"example.com/gstate/tree"
)

// ConditionKind says what a condition demands. Its value is written to the
// log: a number is never given a second meaning.
type ConditionKind uint8

const (
	// CondExists demands that an item stands at the path.
	CondExists ConditionKind = 1
	// CondMissing demands that no item stands at the path.
	CondMissing ConditionKind = 2
	// CondUnmodified demands that an item stands at the path and that neither
	// it nor anything beneath it was changed after the condition's revision. A
	// revision that the tree has not reached is that of another state, and
	// never holds.
	CondUnmodified ConditionKind = 3
	// CondEquals demands that the whole value at the path equals Value.
	CondEquals ConditionKind = 4
	// CondItemUnmodified demands that an item stands at the path and that it
	// itself was not changed after the condition's revision: for an array or
	// object, that no child came or went. What its children hold does not
	// count.
	CondItemUnmodified ConditionKind = 5
	// CondHeld demands that the item at the path is the one that the
	// condition's revision created: that revision is the fencing token of
	// whoever inserted it as a lock.
	CondHeld ConditionKind = 6
	// CondResult demands that the query gives the result with the sum. One that
	// looks at more than MaxQueryWork items is refused with CodeTooLarge.
	CondResult ConditionKind = 7
)

// conditionKinds is indexed by kind. Kind 0 is none.
var conditionKinds = [...]struct {
	name string
	// revision introduces the revision in a text, and is empty if the kind
	// has none.
	revision string
}{
	CondExists:         {name: "exists"},
	CondMissing:        {name: "missing"},
	CondUnmodified:     {name: "unmodified", revision: "since"},
	CondEquals:         {name: "equals"},
	CondItemUnmodified: {name: "item-unmodified", revision: "since"},
	CondHeld:           {name: "held", revision: "by token"},
	CondResult:         {name: "result"},
}

func (k ConditionKind) known() bool { return k > 0 && int(k) < len(conditionKinds) }

// String returns the condition's name, as in "unmodified".
func (k ConditionKind) String() string {
	if !k.known() {
		return fmt.Sprintf("condition(%d)", uint8(k))
	}
	return conditionKinds[k].name
}

// ConditionKindOf returns the kind with that name; it is false when there is
// none.
func ConditionKindOf(name string) (ConditionKind, bool) {
	for kind, known := range conditionKinds {
		if kind > 0 && known.name == name {
			return ConditionKind(kind), true
		}
	}
	return 0, false
}

// CarriesRevision reports whether conditions of this kind have a revision.
func (k ConditionKind) CarriesRevision() bool { return k.known() && conditionKinds[k].revision != "" }

// Condition is a demand on the tree that is decided when the command is
// applied, and so in the same way on every replica.
type Condition struct {
	Kind ConditionKind
	// Path is unused by CondResult alone.
	Path tree.Path
	// Revision is used by the kinds that carry one.
	Revision uint64
	// Value is used by CondEquals alone.
	Value tree.Value
	// Query and Sum are used by CondResult alone.
	Query tree.Query
	Sum   ResultSum
}

// MaxQueryWork is how many items the query of a condition may look at, as
// tree.Query.EvalWithin counts them: every replica does that before it applies
// anything else.
const MaxQueryWork = 1 << 18

// String returns what is demanded, without the path: "unmodified since 7".
func (c Condition) String() string {
	if c.Kind.CarriesRevision() {
		return fmt.Sprintf("%v %s %d", c.Kind, conditionKinds[c.Kind].revision, c.Revision)
	}
	return c.Kind.String()
}

// at returns the path that the condition is about.
func (c Condition) at() tree.Path {
	if c.Kind == CondResult {
		return c.Query.Path()
	}
	return c.Path
}

// Validate reports why the condition can never be decided, or nil.
func (c Condition) Validate() error {
	if !c.Kind.known() {
		return fmt.Errorf("%w: unknown %v", tree.ErrInvalid, c.Kind)
	}
	if c.Kind == CondResult && len(c.Path) > 0 {
		return fmt.Errorf("%w: the path of a condition on a result is in its query", tree.ErrInvalid)
	}
	if err := c.at().Validate(); err != nil {
		return err
	}
	if c.Kind != CondEquals {
		return nil
	}
	return c.Value.Validate()
}

// ResultSum stands for the result of a query: the SHA-256 of whether there is
// one and of its binary form. A condition on a large result is so no larger.
type ResultSum [sha256.Size]byte

// SumResult returns the sum of a result as tree.Query.Eval gives it.
func SumResult(value tree.Value, exists bool) ResultSum {
	if !exists {
		return sha256.Sum256([]byte{0})
	}
	return sha256.Sum256(tree.AppendValue([]byte{1}, value))
}
