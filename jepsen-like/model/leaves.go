package model

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/gstate/jepsen-like/history"
)

// Leaves is what has become of leaves, by their items: the JSON of each, empty
// for what is gone. Objects and arrays without children are not told.
type Leaves map[string]string

// Changed returns which leaves the effect changes.
func (t *Tree) Changed(effect Effect) Leaves {
	all := Leaves{}
	for item, now := range effect {
		was, _ := t.Get(item)
		all.add(item, was, now)
	}
	return all
}

// Told returns which leaves the changes of a feed change, by their own word.
func Told(changes []history.Change) (Leaves, error) {
	all := Leaves{}
	for _, change := range changes {
		path, err := ParsePath(change.Path)
		if err != nil {
			return nil, err
		}
		var sides [2]Value
		for i, text := range []json.RawMessage{change.Old, change.New} {
			if text == nil {
				continue
			}
			sides[i].Is = true
			if sides[i].JSON, err = parse(text); err != nil {
				return nil, err
			}
		}
		all.add(strings.Join(path, "/"), sides[0], sides[1])
	}
	return all, nil
}

// add adds in what the leaves of two values at an item differ.
func (l Leaves) add(item string, was, is Value) {
	before, after := Leaves{}, Leaves{}
	before.gather(item, was)
	after.gather(item, is)
	for leaf := range before {
		if _, stays := after[leaf]; !stays {
			l[leaf] = ""
		}
	}
	for leaf, text := range after {
		if before[leaf] != text {
			l[leaf] = text
		}
	}
}

// gather adds the leaves of a value.
func (l Leaves) gather(item string, v Value) {
	if !v.Is {
		return
	}
	switch value := v.JSON.(type) {
	case map[string]any:
		for key, child := range value {
			l.gather(item+"/"+key, Value{child, true})
		}
	case []any:
		for i, child := range value {
			l.gather(item+"/"+strconv.Itoa(i), Value{child, true})
		}
	default:
		l[item] = text(value)
	}
}

// text returns the JSON of a value, which always has one.
func text(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// String lists the leaves in order.
func (l Leaves) String() string {
	var list []string
	for _, leaf := range slices.Sorted(maps.Keys(l)) {
		if l[leaf] == "" {
			list = append(list, leaf+" is gone")
		} else {
			list = append(list, leaf+" is "+l[leaf])
		}
	}
	return strings.Join(list, ", ")
}
