package cycles

import (
	"fmt"
	"strings"
)

// Name is the name of an anomaly. Those of cycles may end with -process or
// -realtime.
type Name string

// The anomalies, as the package documentation explains them.
const (
	G0                Name = "G0"
	G1a               Name = "G1a"
	G1b               Name = "G1b"
	G1c               Name = "G1c"
	GSingle           Name = "G-single"
	G2Item            Name = "G2-item"
	IncompatibleOrder Name = "incompatible-order"
	Duplicate         Name = "duplicate"
	LostAppend        Name = "lost-append"
	Phantom           Name = "phantom"
	Internal          Name = "internal"
	Malformed         Name = "malformed"
)

// ByProcess and ByRealtime end the name of a cycle that needs such an edge.
const (
	ByProcess  Name = "-process"
	ByRealtime Name = "-realtime"
)

// Anomaly is something that cannot be in a strictly serializable history.
type Anomaly struct {
	Name Name
	// Text says what is wrong. The transactions are named T0, T1 and so on, by
	// their places in the history.
	Text string
	// Cycle are the edges of a cycle, each beginning where the former ends; it
	// is empty for an anomaly that needs none.
	Cycle []Edge
}

// String returns the name and the text.
func (a Anomaly) String() string { return fmt.Sprintf("%s: %s", a.Name, a.Text) }

// Kind is the kind of an edge.
type Kind int

// The kinds of edges, as the package documentation explains them.
const (
	WW Kind = iota
	WR
	RW
	Process
	Realtime
)

var kindNames = [...]string{"ww", "wr", "rw", "process", "realtime"}

// String returns the kind as text, such as "rw".
func (k Kind) String() string { return kindNames[k] }

// Edge says that a transaction comes before another one.
type Edge struct {
	From, To int
	Kind     Kind
	// Why names the elements that show it.
	Why string
}

// String returns the edge as text, such as "T3 -rw-> T5 (has not read x+7)".
func (e Edge) String() string {
	text := fmt.Sprintf("T%d -%v-> T%d", e.From, e.Kind, e.To)
	if e.Why != "" {
		text += " (" + e.Why + ")"
	}
	return text
}

// cycleAnomaly names a cycle by what it was found as and by what it needs.
func cycleAnomaly(name Name, cycle []Edge, history []Transaction) Anomaly {
	most := WW
	var text strings.Builder
	for _, edge := range cycle {
		most = max(most, edge.Kind)
		fmt.Fprintf(&text, "\n\t%v", edge)
	}
	for _, edge := range cycle {
		tx := history[edge.From]
		fmt.Fprintf(&text, "\n\tT%d [%d-%d] of process %d: %v", edge.From, tx.Call, tx.Return, tx.Process, tx.Ops)
	}
	switch most {
	case Process:
		name += ByProcess
	case Realtime:
		name += ByRealtime
	}
	return Anomaly{Name: name, Text: "each comes before the next one:" + text.String(), Cycle: cycle}
}
