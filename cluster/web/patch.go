package web

import (
	"strconv"
	"strings"

	"example.com/gstate/tree"
)

// reach is how many elements further along patch looks for one that has moved
// on: elements that come or go in the middle of an array are found as long as
// no more of them do so at one place.
const reach = 8

// step is one operation of a JSON Patch (RFC 6902).
type step struct {
	Op   string `json:"op"`
	Path string `json:"path"`
	// Value is what is added or put in the place; nil for a remove.
	Value *tree.Value `json:"value,omitempty"`
}

// patch returns the steps that make the JSON of before that of now, in the order
// in which they are to be applied; there are none when both are equal. The same
// values give the same steps.
func patch(before, now tree.Value) []step {
	p := patcher{steps: []step{}}
	p.value(make([]byte, 0, 128), before, now)
	return p.steps
}

// patcher gathers steps. The places that it is given are JSON Pointers (RFC
// 6901) whose spare capacity is for those beneath: only a step copies one.
type patcher struct {
	steps []step
}

// value makes the value at a place what it is now. What is equal is passed over
// before any lists are made of it. Bytes and all other leaves change as a whole,
// since a pointer into the form of bytes would lead nowhere in the tree.
func (p *patcher) value(place []byte, before, now tree.Value) {
	switch kind := now.Kind(); {
	case now.Equal(before):
	case kind == tree.Object && before.Kind() == kind:
		p.object(place, membersOf(before), membersOf(now))
	case kind == tree.Array && before.Kind() == kind:
		p.array(place, elementsOf(before), elementsOf(now))
	default:
		p.put("replace", place, now)
	}
}

// object walks both lists of members, which are in the order of their keys.
func (p *patcher) object(place []byte, before, now []keyed) {
	for len(before) > 0 || len(now) > 0 {
		switch order := compareFirst(before, now); {
		case order < 0:
			p.remove(memberPlace(place, before[0].key))
			before = before[1:]
		case order > 0:
			p.put("add", memberPlace(place, now[0].key), now[0].value)
			now = now[1:]
		default:
			p.value(memberPlace(place, now[0].key), before[0].value, now[0].value)
			before, now = before[1:], now[1:]
		}
	}
}

// array goes through the elements from the first on, so that what is before at
// is as it is now already, and at is the place of the next step. The elements
// that both end with are left out, so that they are never taken for moved ones.
func (p *patcher) array(place []byte, before, now []tree.Value) {
	same := commonEnd(before, now)
	before, now = before[:len(before)-same], now[:len(now)-same]
	for at := 0; len(before) > 0 || at < len(now); {
		gone, come := moved(before, now[at:])
		for range gone {
			p.remove(elementPlace(place, at))
		}
		for i := range come {
			p.put("add", elementPlace(place, at+i), now[at+i])
		}
		before, at = before[gone:], at+come
		if len(before) > 0 && at < len(now) {
			p.value(elementPlace(place, at), before[0], now[at])
			before, at = before[1:], at+1
		}
	}
}

func (p *patcher) remove(place []byte) { p.steps = append(p.steps, step{"remove", string(place), nil}) }

func (p *patcher) put(op string, place []byte, value tree.Value) {
	p.steps = append(p.steps, step{op, string(place), &value})
}

// moved tells how many elements are gone before the one that comes first now,
// or how many have come before the one that was first. Neither is so when the
// two correspond, be it that one was changed into the other.
func moved(before, now []tree.Value) (gone, come int) {
	if len(before) == 0 || len(now) == 0 {
		return len(before), len(now)
	}
	if before[0].Equal(now[0]) {
		return 0, 0
	}
	for n := 1; n <= reach; n++ {
		switch {
		case n < len(before) && before[n].Equal(now[0]):
			return n, 0
		case n < len(now) && before[0].Equal(now[n]):
			return 0, n
		}
	}
	return 0, 0
}

// commonEnd counts the elements that both arrays end with.
func commonEnd(before, now []tree.Value) int {
	n := 0
	for n < len(before) && n < len(now) && before[len(before)-1-n].Equal(now[len(now)-1-n]) {
		n++
	}
	return n
}

// keyed is a member of an object: its value with its key.
type keyed struct {
	key   string
	value tree.Value
}

// membersOf returns the members of an object in the order of their keys.
func membersOf(object tree.Value) []keyed {
	members := make([]keyed, 0, object.Len())
	for key, value := range object.Members() {
		members = append(members, keyed{key, value})
	}
	return members
}

// elementsOf returns the elements of an array.
func elementsOf(array tree.Value) []tree.Value {
	elements := make([]tree.Value, 0, array.Len())
	for _, element := range array.Elements() {
		elements = append(elements, element)
	}
	return elements
}

// compareFirst compares the keys of the first members; where there is no member
// any more, the other one is the lesser.
func compareFirst(before, now []keyed) int {
	switch {
	case len(before) == 0:
		return 1
	case len(now) == 0:
		return -1
	}
	return tree.CompareKeys(before[0].key, now[0].key)
}

// pointerEscapes are those of RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// memberPlace is the pointer of a member of the object at a place.
func memberPlace(place []byte, key string) []byte {
	return append(append(place, '/'), pointerEscapes.Replace(key)...)
}

// elementPlace is the pointer of an element of the array at a place.
func elementPlace(place []byte, i int) []byte {
	return strconv.AppendInt(append(place, '/'), int64(i), 10)
}
