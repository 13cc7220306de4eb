package model

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"example.com/gstate/jepsen-like/history"
)

// ErrUnknown is matched by the error of a request that the model does not know.
var ErrUnknown = errors.New("not known to the model")

// Effect is what a write makes of the items that it touches, by item.
type Effect map[string]Value

// Refusal is why a tree refuses a request, in the words of the HTTP contract.
type Refusal struct {
	// Code is empty if the tree does not refuse.
	Code     string
	Revision uint64
}

// Effect returns what a write would make of the tree as it is, or why it would be
// refused. The error matches ErrUnknown if the model cannot say.
func (t *Tree) Effect(request history.Request) (Effect, Refusal, error) {
	effect, refusal, _, err := t.Decide(request)
	return effect, refusal, err
}

// Decide is Effect with what each operation of a transaction gives.
func (t *Tree) Decide(request history.Request) (Effect, Refusal, []any, error) {
	conditions, operations, err := clauses(request)
	if err != nil {
		return nil, Refusal{}, nil, err
	}
	if refusal, err := t.depends(request); err != nil || refusal.Code != "" {
		return nil, refusal, nil, err
	}
	for _, clause := range conditions {
		if refusal, err := t.condition(clause); err != nil || refusal.Code != "" {
			return nil, refusal, nil, err
		}
	}
	effect, results := Effect{}, []any{}
	for _, clause := range operations {
		result, refusal, err := t.operation(effect, clause)
		if err != nil || refusal.Code != "" {
			return nil, refusal, nil, err
		}
		results = append(results, result)
	}
	return effect, Refusal{}, results, nil
}

// clauses returns a write as the transaction that it is.
func clauses(request history.Request) (conditions, operations []history.Clause, err error) {
	switch request.Function {
	case history.Transact:
		return request.If, request.Then, nil
	case history.Insert, history.Update, history.Put, history.Remove:
	default:
		return nil, nil, fmt.Errorf("%w: %s", ErrUnknown, request.Function)
	}
	if request.IfMatch > 0 {
		conditions = []history.Clause{{Function: history.Unmodified, Item: request.Item, Since: request.IfMatch}}
	}
	value := json.RawMessage(strconv.FormatInt(request.Number, 10))
	if request.Field != "" {
		value = fmt.Appendf(nil, "{%q:%s}", request.Field, value)
	}
	return conditions, []history.Clause{{Function: request.Function, Item: request.Item, Value: value}}, nil
}

// depends returns the refusal of a write whose keeper is not there, or whose lock is
// not the one that its token was given for.
func (t *Tree) depends(request history.Request) (Refusal, error) {
	if request.While != "" && !t.Has(request.While) {
		return Refusal{history.NotFound, t.Revision}, nil
	}
	if request.Held == "" {
		return Refusal{}, nil
	}
	switch lock := t.find(keysOf(request.Held)); {
	case lock == nil:
		return Refusal{history.NotFound, t.Revision}, nil
	case lock.created == 0:
		return Refusal{}, fmt.Errorf("%w: since when %s is there", ErrUnknown, request.Held)
	case lock.created != request.Token:
		return Refusal{history.Conflict, lock.created}, nil
	}
	return Refusal{}, nil
}

// condition returns the refusal of a condition that does not hold. It names the
// newest change at or beneath the item, where there is one.
func (t *Tree) condition(c history.Clause) (Refusal, error) {
	v, modified := t.Get(c.Item)
	code := ""
	switch c.Function {
	case history.Missing:
		if v.Is {
			code = history.Exists
		}
	case history.Unmodified:
		switch {
		case !v.Is:
			code = history.NotFound
		case modified > c.Since:
			code = history.Conflict
		case modified == 0 && c.Since < t.base:
			return Refusal{}, fmt.Errorf("%w: whether %s has changed since %d", ErrUnknown, c.Item, c.Since)
		}
	case history.Matches:
		holds, err := t.matches(c)
		if err != nil {
			return Refusal{}, err
		}
		if !holds {
			code = history.Conflict
		}
	default:
		return Refusal{}, fmt.Errorf("%w: condition %s", ErrUnknown, c.Function)
	}
	return Refusal{code, cmp.Or(modified, t.Revision)}, nil
}

// operation adds an operation to the effect of those before it, and returns what
// it gives. A get, which the contract does not have, gives what is there.
func (t *Tree) operation(effect Effect, c history.Clause) (any, Refusal, error) {
	old, touched := effect[c.Item]
	if !touched {
		old, _ = t.Get(c.Item)
	}
	switch {
	case c.Function == history.Get:
		return old.JSON, Refusal{}, nil
	case c.Function == history.Insert && old.Is:
		return nil, Refusal{history.Exists, t.Revision}, nil
	case (c.Function == history.Update || c.Function == history.Remove) && !old.Is:
		return nil, Refusal{history.NotFound, t.Revision}, nil
	case c.Function == history.Remove:
		effect[c.Item] = Value{}
		return nil, Refusal{}, nil
	}
	value, err := parse(c.Value)
	if err != nil {
		return nil, Refusal{}, err
	}
	now, result, err := change(c.Function, old, value)
	effect[c.Item] = Value{now, true}
	return result, Refusal{}, err
}

// change returns what an operation makes of a value, and what it gives.
func change(function history.Function, old Value, value any) (now, result any, err error) {
	switch function {
	case history.Insert, history.Update, history.Put, history.Set:
		return merge(old, value), nil, nil
	case history.Append:
		list, _ := old.JSON.([]any)
		return append(list[:len(list):len(list)], value), json.Number(strconv.Itoa(len(list))), nil
	case history.Add:
		sum, err := add(old.JSON, value)
		return sum, sum, err
	}
	return nil, nil, fmt.Errorf("%w: operation %s", ErrUnknown, function)
}

// merge sets a value into what is there: an object into an object by its members.
func merge(old Value, value any) any {
	members, ok := value.(map[string]any)
	before, had := old.JSON.(map[string]any)
	if !ok || !had {
		return value
	}
	merged := maps.Clone(before)
	for key, member := range members {
		was, is := before[key]
		merged[key] = merge(Value{was, is}, member)
	}
	return merged
}

// integer returns an integer as it is in a tree. Nothing counts as zero.
func integer(v any) (int64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case json.Number:
		return v.Int64()
	}
	return 0, fmt.Errorf("%w: %v, want an integer", ErrUnknown, v)
}

// add returns the sum of two integers.
func add(old, value any) (any, error) {
	a, err := integer(old)
	b, errB := integer(value)
	return json.Number(strconv.FormatInt(a+b, 10)), errors.Join(err, errB)
}
