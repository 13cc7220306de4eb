package cycles

import "fmt"

// Outcome is what a client knows of its transaction.
type Outcome int

const (
	// OK says that the transaction was made.
	OK Outcome = iota
	// Failed says that it was certainly not made, and never will be.
	Failed
	// Unknown says that it may have been made, or may be yet.
	Unknown
)

// Transaction is one transaction as its client saw it.
type Transaction struct {
	// Process is who made it: one that makes one transaction at a time.
	Process int
	// Call and Return are when it began and ended. Return does not count when
	// the outcome is unknown.
	Call, Return int64
	Outcome      Outcome
	Ops          []Op
}

// Op is a micro-operation, made by Append or Read.
type Op struct {
	Key string
	// Reads tells a read from an append.
	Reads bool
	// Element is what was appended.
	Element int
	// List is what was read.
	List []int
}

// Append is the micro-operation that appends an element to the list of a key.
func Append(key string, element int) Op {
	return Op{Key: key, Element: element}
}

// Read is the micro-operation that read this list of a key.
func Read(key string, list ...int) Op {
	return Op{Key: key, Reads: true, List: list}
}

// shownMax is how much of the end of a list is shown: what was appended last
// is what anomalies are about.
const shownMax = 8

// String returns the operation as text, such as "x+3" or "x=[1 2]", and for a
// long list only its end and its length.
func (o Op) String() string {
	n := len(o.List)
	switch {
	case !o.Reads:
		return fmt.Sprintf("%s+%d", o.Key, o.Element)
	case n > shownMax:
		return fmt.Sprintf("%s=%v (the last %d of %d)", o.Key, o.List[n-shownMax:], shownMax, n)
	}
	return fmt.Sprintf("%s=%v", o.Key, o.List)
}

// element is an element of the list of a key.
type element struct {
	key   string
	value int
}

func (e element) String() string { return fmt.Sprintf("%s+%d", e.key, e.value) }

// read is a read of a transaction that is OK.
type read struct {
	by  int
	key string
	// list is all that was read, own the number of elements at its end that
	// the transaction had appended before.
	list []int
	own  int
}

// outside is what the read has seen of other transactions.
func (r read) outside() []int { return r.list[:max(len(r.list)-r.own, 0)] }
