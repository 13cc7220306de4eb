package model

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"example.com/gstate/jepsen-like/history"
)

// query is what the model knows of queries: how many children of an item fulfil
// conditions, up to a limit.
type query struct {
	Form  string                     `json:"_"`
	Where map[string]json.RawMessage `json:"where"`
	Limit int                        `json:"limit"`
}

// matches reports whether a condition of this name holds.
func (t *Tree) matches(c history.Clause) (bool, error) {
	var q query
	if err := json.Unmarshal(c.Query, &q); err != nil || q.Form != "$count" {
		return false, fmt.Errorf("%w: query %s", ErrUnknown, c.Query)
	}
	at := t.find(keysOf(c.Item))
	if at == nil {
		return false, nil
	}
	count := 0
	for key, child := range at.children {
		chosen, err := q.chooses(key, child)
		if err != nil {
			return false, err
		}
		if chosen {
			count++
		}
	}
	if q.Limit > 0 {
		count = min(count, q.Limit)
	}
	return string(c.Result) == strconv.Itoa(count), nil
}

// chooses reports whether a child fulfils all conditions.
func (q query) chooses(key string, child *node) (bool, error) {
	for field, condition := range q.Where {
		wanted, err := parse(condition)
		if err != nil {
			return false, err
		}
		has := any(key)
		if field != "$key" {
			has = child.field(field)
		}
		if holds, err := compare(has, wanted); err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

// field returns the value of a child, nil if there is none.
func (n *node) field(key string) any {
	if child := n.children[key]; child != nil {
		return child.value()
	}
	return nil
}

// compare reports whether a value is the one wanted, or what an operator wants.
func compare(has, wanted any) (bool, error) {
	operators, ok := wanted.(map[string]any)
	if !ok {
		return reflect.DeepEqual(has, wanted), nil
	}
	for operator, operand := range operators {
		holds, err := operate(operator, has, operand)
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func operate(operator string, has, operand any) (bool, error) {
	switch operator {
	case "!=":
		return !reflect.DeepEqual(has, operand), nil
	case ">=":
		a, err := integer(has)
		if err != nil {
			return false, err
		}
		b, err := integer(operand)
		return a >= b, err
	}
	return false, fmt.Errorf("%w: operator %s", ErrUnknown, operator)
}
