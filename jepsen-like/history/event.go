package history

import (
	"encoding/json"
	"time"
)

// Kind says which of its two moments an event is, and how an operation ended.
type Kind string

// The kinds: see the package comment.
const (
	Invoke Kind = "invoke"
	OK     Kind = "ok"
	Fail   Kind = "fail"
	Info   Kind = "info"
)

// Function is what an operation asks for.
type Function string

// The functions of the workloads. Those of the nemesis are named by it.
const (
	// Insert makes an item where nothing may stand yet.
	Insert Function = "insert"
	// Update changes an item that must be there.
	Update Function = "update"
	// Put writes an item, whatever stands there.
	Put Function = "put"
	// Remove removes an item that must be there.
	Remove Function = "remove"
	// Get reads an item, with all beneath it.
	Get Function = "get"
	// Transact decides the clauses of If and makes those of Then, all or none.
	Transact Function = "transact"
	// Outcome asks what has become of a write whose outcome is unknown.
	Outcome Function = "outcome"
)

// Writes reports whether the function can change the tree.
func (f Function) Writes() bool {
	return f == Insert || f == Update || f == Put || f == Remove || f == Transact
}

// Codes of a refusal that was decided by the state of the tree. They are those
// of the HTTP contract.
const (
	NotFound = "not_found"
	Exists   = "exists"
	Conflict = "conflict"
)

// The codes of a write that ended without a decision.
const (
	// OutcomeUnknown is the code of a write that ends without a decision, but
	// with an id by which Outcome can ask for it.
	OutcomeUnknown = "outcome_unknown"
	// GivenUp is the code of an outcome: the write was not made, and never will
	// be.
	GivenUp = "given_up"
)

// Unexpected is the code of an answer that has none and makes no sense.
const Unexpected = "unexpected"

// The process numbers of events that are no client's.
const (
	// Nemesis makes faults.
	Nemesis = -1
	// Onlooker looks at the nodes from outside, and follows what they tell.
	Onlooker = -2
)

// Request is one operation as it is sent.
type Request struct {
	// Number is the operation's own: the recorder gives it, from 1. A write
	// leaves it behind as the item's value. 0 marks a fault.
	Number int64 `json:"number,omitempty"`
	// Workload names whose operation it is.
	Workload string `json:"workload,omitempty"`
	// Step counts from 1 where the workload plays a scenario, else it is 0.
	Step     int      `json:"step,omitempty"`
	Function Function `json:"function"`
	// Node is the id of the node that is asked, or that a fault hits.
	Node string `json:"node,omitempty"`
	// Item is the item's path, its keys joined by slashes. No key has a slash.
	Item string `json:"item,omitempty"`
	// Field is the key beneath the item that takes the number. Empty: the
	// number is the item's own value.
	Field string `json:"field,omitempty"`
	// IfMatch is the revision since which the item must be unmodified. 0: no
	// condition.
	IfMatch uint64 `json:"if_match,omitempty"`
	// AtLeast is the revision that a read waits for. 0: it does not wait.
	AtLeast uint64 `json:"at_least,omitempty"`
	// Linearizable asks a read for all that was acknowledged before it.
	Linearizable bool `json:"linearizable,omitempty"`
	// Timeout is how long the node may try. 0: as long as the client likes.
	Timeout time.Duration `json:"timeout_ns,omitempty"`
	// TTL is the lease that a write gives to its item. 0: it gives none.
	TTL time.Duration `json:"ttl_ns,omitempty"`
	// Ephemeral is for how long the node may be silent with which the item is to
	// live. 0: it lives with none.
	Ephemeral time.Duration `json:"ephemeral_ns,omitempty"`
	// While is the item with which this one is to live. Empty: none.
	While string `json:"while,omitempty"`
	// Held is an item that must be the one that revision Token created: a lock,
	// under which the write is made. Empty: no condition.
	Held  string `json:"held,omitempty"`
	Token uint64 `json:"token,omitempty"`
	// If and Then are the conditions and the operations of a transaction.
	If   []Clause `json:"if,omitempty"`
	Then []Clause `json:"then,omitempty"`
	// Write is the id of the write that an Outcome asks for, and Of its number.
	Write string `json:"write_id,omitempty"`
	Of    int64  `json:"of,omitempty"`
}

// Ends reports whether the write gives its item an end that takes a revision of
// its own, as no write does. What lives with another item ends in its revision.
func (r Request) Ends() bool { return r.TTL > 0 || r.Ephemeral > 0 }

// Depends reports whether the write depends on another item than its own: a refusal
// may tell of that one alone.
func (r Request) Depends() bool { return r.Held != "" || r.While != "" }

// Clause is a condition or an operation of a transaction. What a function means
// and which fields it has is in the HTTP contract.
type Clause struct {
	// Function is the contract's name, as in "unmodified" or "append".
	Function Function `json:"function"`
	// Item is a path as that of a Request.
	Item string `json:"item,omitempty"`
	// Since is the revision of a condition.
	Since uint64 `json:"since,omitempty"`
	// Query is what a condition of "matches" asks at the item, and Result what
	// it must give.
	Query  json.RawMessage `json:"query,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	// Value is that of an operation, or of a condition of "equals".
	Value json.RawMessage `json:"value,omitempty"`
}

// The functions of clauses that the workloads use, beside those of requests.
const (
	Missing    Function = "missing"
	Unmodified Function = "unmodified"
	Matches    Function = "matches"
	Set        Function = "set"
	Add        Function = "add"
	// Append appends a number, which nothing else appends, to a list.
	Append Function = "append"
)

// Answer is what came back. An Invoke has none.
type Answer struct {
	// Revision is that of the write, of the tree that was read, or of the tree
	// that refused; in a conflict it is that of the newest change at or beneath
	// the item, which stood in the way. 0: the answer had none.
	Revision uint64 `json:"revision,omitempty"`
	// Code is the refusal's, in the words of the HTTP contract. Empty: none.
	Code string `json:"code,omitempty"`
	// Found says that a read found the item. The next two are its own.
	Found bool `json:"found,omitempty"`
	// Value is the number of the write that a read sees.
	Value int64 `json:"value,omitempty"`
	// Modified is the newest revision at or beneath the item that was read.
	Modified uint64 `json:"modified,omitempty"`
	// Life is which start of the node has answered, from 1. 0: that is not known,
	// since the node was started meanwhile.
	Life int `json:"life,omitempty"`
	// Whole is what a read has found that is not the number of a write.
	Whole json.RawMessage `json:"whole,omitempty"`
	// Results has what each operation of a transaction gave, by its place.
	Results []json.RawMessage `json:"results,omitempty"`
	// WriteID is what Outcome takes, if the outcome is unknown.
	WriteID string `json:"unknown_id,omitempty"`
	// Detail is text for the person who reads the history.
	Detail string `json:"detail,omitempty"`
}

// Decided reports whether the answer is a refusal that the state of the tree
// decided. Other refusals, such as "no_leader", say nothing about the tree.
func (a Answer) Decided() bool {
	return a.Code == NotFound || a.Code == Exists || a.Code == Conflict
}

// Event is one line of a history.
type Event struct {
	// Index is the event's place in the history, from 0.
	Index int `json:"index"`
	// Time is how long after the start of the run, by the monotonic clock. It
	// is for people: the checkers compare indices.
	Time time.Duration `json:"time_ns"`
	Kind Kind          `json:"type"`
	// Process is the client's present number, Nemesis or Onlooker.
	Process int `json:"process"`
	Request
	Answer
	Sample
	Telling
}
