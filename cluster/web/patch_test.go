package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"example.com/gstate/tree"
)

// parsed is the value of a JSON text.
func parsed(t testing.TB, text string) tree.Value {
	t.Helper()
	v, err := tree.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// patchText is the patch between two values as it is sent.
func patchText(t testing.TB, before, now tree.Value) string {
	t.Helper()
	var text bytes.Buffer
	if err := encode(&text, patch(before, now)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text.String())
}

// checkApplied lets somebody else's library apply the patch between two values,
// and compares what comes of it with the second, byte for byte in its canonical
// form. The library finds nothing beneath an empty key, so that random values
// have none.
func checkApplied(t testing.TB, before, now tree.Value) {
	t.Helper()
	text := patchText(t, before, now)
	decoded, err := jsonpatch.DecodePatch([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	applied, err := decoded.Apply([]byte(before.String()))
	if err != nil {
		t.Fatalf("%v\nbefore %v\nnow    %v\npatch  %s", err, before, now, text)
	}
	if got := parsed(t, string(applied)).String(); got != now.String() {
		t.Fatalf("got    %s\nbefore %v\nnow    %v\npatch  %s", got, before, now, text)
	}
}

func TestAPatchSaysWhatHasChangedAndNoMore(t *testing.T) {
	tests := []struct{ name, before, now, want string }{
		{"nothing", `{"a":[1,{"b":2}]}`, `{"a":[1,{"b":2}]}`, `[]`},
		{"a member that came", `{"a":1}`, `{"a":1,"b":{"c":2}}`, `[{"op":"add","path":"/b","value":{"c":2}}]`},
		{"a member that went", `{"a":1,"b":2}`, `{"a":1}`, `[{"op":"remove","path":"/b"}]`},
		{"a member that became null", `{"a":1}`, `{"a":null}`, `[{"op":"replace","path":"/a","value":null}]`},
		{"a leaf far beneath", `{"a":{"b":[0,{"c":1}]},"d":[]}`, `{"a":{"b":[0,{"c":2}]},"d":[]}`, `[{"op":"replace","path":"/a/b/1/c","value":2}]`},
		{"keys with characters of their own", `{"a/b~":{"":1,"~1":2}}`, `{"a/b~":{"":3}}`,
			`[{"op":"replace","path":"/a~1b~0/","value":3},{"op":"remove","path":"/a~1b~0/~01"}]`},
		{"keys in their order, indices first", `{}`, `{"a":1,"10":2,"9":3}`,
			`[{"op":"add","path":"/9","value":3},{"op":"add","path":"/10","value":2},{"op":"add","path":"/a","value":1}]`},
		{"an array in the place of an object", `{"a":{"0":1}}`, `{"a":[1]}`, `[{"op":"replace","path":"/a","value":[1]}]`},
		{"an int in the place of a float", `[1.0]`, `[1]`, `[{"op":"replace","path":"/0","value":1}]`},
		{"an int beyond the floats", `[9007199254740993,-9223372036854775808]`, `[9007199254740992,9223372036854775807]`,
			`[{"op":"replace","path":"/0","value":9007199254740992},{"op":"replace","path":"/1","value":9223372036854775807}]`},
		{"bytes, as a whole", `{"a":{"_":"$bytes","base64":"AP8="}}`, `{"a":{"_":"$bytes","base64":"AQ=="}}`,
			`[{"op":"replace","path":"/a","value":{"_":"$bytes","base64":"AQ=="}}]`},
		{"all of it", `1`, `{"a":"<b>"}`, `[{"op":"replace","path":"","value":{"a":"<b>"}}]`},

		{"an element put first", `[1,2,3]`, `[0,1,2,3]`, `[{"op":"add","path":"/0","value":0}]`},
		{"an element put between", `[1,2,3]`, `[1,2,0,3]`, `[{"op":"add","path":"/2","value":0}]`},
		{"an element put last", `[1,2]`, `[1,2,3]`, `[{"op":"add","path":"/2","value":3}]`},
		{"an element like its neighbours", `[1,1,1]`, `[1,1,1,1]`, `[{"op":"add","path":"/0","value":1}]`},
		{"the first element gone", `[1,2,3]`, `[2,3]`, `[{"op":"remove","path":"/0"}]`},
		{"two elements gone between", `[1,2,3,4,5]`, `[1,4,5]`, `[{"op":"remove","path":"/1"},{"op":"remove","path":"/1"}]`},
		{"all elements gone", `[1,2]`, `[]`, `[{"op":"remove","path":"/0"},{"op":"remove","path":"/0"}]`},
		{"an element changed beneath", `[{"a":1,"b":1},{"a":2,"b":2},{"a":3,"b":3}]`, `[{"a":1,"b":1},{"a":2,"b":9},{"a":3,"b":3}]`,
			`[{"op":"replace","path":"/1/b","value":9}]`},
		{"a window that moved on", `[1,2,3,4,5,6]`, `[2,3,4,5,6,7]`, `[{"op":"remove","path":"/0"},{"op":"add","path":"/5","value":7}]`},
		{"an element moved to the front", `[1,2,3,4]`, `[4,1,2,3]`, `[{"op":"add","path":"/0","value":4},{"op":"remove","path":"/4"}]`},
		{"one gone, one changed, one put", `[1,2,3,4,5,6,7]`, `[2,3,"4",5,6,0,7]`,
			`[{"op":"remove","path":"/0"},{"op":"replace","path":"/2","value":"4"},{"op":"add","path":"/5","value":0}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, now := parsed(t, test.before), parsed(t, test.now)
			if got := patchText(t, before, now); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if test.before != "1" { // the library applies to containers alone
				checkApplied(t, before, now)
			}
		})
	}
}

// TestOneChangeOfALongArrayIsOneStep wherever it is.
func TestOneChangeOfALongArrayIsOneStep(t *testing.T) {
	const n = 500
	elements := make([]tree.Value, n)
	for i := range elements {
		elements[i] = parsed(t, fmt.Sprintf(`{"id":%d,"name":"n%d","state":"on"}`, i, i%7))
	}
	long := tree.ArrayValue(elements...)
	for i := range n {
		without := tree.ArrayValue(append(elements[:i:i], elements[i+1:]...)...)
		changed := append([]tree.Value{}, elements...)
		changed[i] = parsed(t, fmt.Sprintf(`{"id":%d,"name":"n%d","state":"off"}`, i, i%7))
		for what, pair := range map[string][2]tree.Value{
			"removed": {long, without}, "inserted": {without, long}, "changed": {long, tree.ArrayValue(changed...)},
		} {
			if steps := patch(pair[0], pair[1]); len(steps) != 1 {
				t.Fatalf("element %d %s: %d steps", i, what, len(steps))
			}
		}
	}
}

// TestPatchesOfRandomValues compares many pairs, most of them related.
func TestPatchesOfRandomValues(t *testing.T) {
	for seed := range uint64(3000) {
		random := valuesOf(seed)
		before, unrelated := random.container(4), random.container(4)
		related := random.changed(before)
		for _, now := range []tree.Value{related, random.changed(related), unrelated, before} {
			checkApplied(t, before, now)
			checkApplied(t, now, before)
		}
	}
}

// TestADeltaHasAllElseOfAnEvent like one with the whole result.
func TestADeltaHasAllElseOfAnEvent(t *testing.T) {
	before := result{Result: parsed(t, `{"a":"a long text that both have, long enough for a delta to be shorter","b":1}`), Exists: true}
	old := parsed(t, "1")
	now := whole{
		result{Revision: 9, Result: parsed(t, `{"a":"a long text that both have, long enough for a delta to be shorter"}`), Exists: true},
		news{Reasons: []string{"lease"}, Expelled: []expelled{{"b", 8, "lease"}}, Changes: []change{{Path: "b", Old: &old}}},
	}
	var text bytes.Buffer
	if err := encode(&text, shorter(before, now)); err != nil {
		t.Fatal(err)
	}
	const want = `{"revision":9,"patch":[{"op":"remove","path":"/b"}],"exists":true,"reasons":["lease"],` +
		`"expelled":[{"path":"b","revision":8,"reason":"lease"}],"changes":[{"path":"b","old":1}]}`
	if got := strings.TrimSpace(text.String()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestLeftIsTheLengthOfTheJSON where there is room for it, and negative where
// there is none.
func TestLeftIsTheLengthOfTheJSON(t *testing.T) {
	for seed := range uint64(1000) {
		v := valuesOf(seed).container(4)
		length := len(v.String())
		if fits, larger := left(length, v), left(length-1, v); fits != 0 || larger >= 0 {
			t.Fatalf("%v: %d and %d left", v, fits, larger)
		}
		if left(-1, v) >= 0 {
			t.Fatalf("%v has no length", v)
		}
	}
}

// FuzzPatch makes patches between any two containers, and between what any two
// seeds make of one.
func FuzzPatch(f *testing.F) {
	f.Add(`{"a":[1,2,{"b/c":1.0}]}`, `{"a":[2,{"b/c":1}],"~":{"_":"$bytes","base64":"AA=="}}`, uint64(1))
	f.Add(`[1,1,0]`, `[0,1,1]`, uint64(2))
	f.Fuzz(func(t *testing.T, before, now string, seed uint64) {
		a, errA := tree.ParseJSON([]byte(before))
		b, errB := tree.ParseJSON([]byte(now))
		if errA != nil || errB != nil || a.Kind() < tree.Array || b.Kind() < tree.Array || strings.Contains(a.String()+b.String(), `"":`) {
			return
		}
		checkApplied(t, a, b)
		checkApplied(t, a, valuesOf(seed).changed(a))
	})
}

// values makes random values. They have few different keys and leaves, so that
// many are alike.
type values struct{ *rand.Rand }

func valuesOf(seed uint64) values { return values{rand.New(rand.NewPCG(seed, 0))} }

// leaves has every kind, and what is easily confused.
var leaves = []tree.Value{
	tree.NullValue(), tree.BoolValue(true), tree.IntValue(1), tree.FloatValue(1), tree.FloatValue(-1.5e300), tree.IntValue(math.MinInt64),
	tree.IntValue(math.MaxInt64), tree.IntValue(1<<53 + 1), tree.StringValue("1"), tree.StringValue(""), tree.StringValue("é<&>\u2028\"\\\n😀"),
	tree.BytesValue(nil), tree.BytesValue([]byte{0, 255}), tree.ArrayValue(), tree.ObjectValue(nil),
}

// keys has those that pointers escape, and those that look like indices.
var keys = []string{"a", "b", "/", "~", "~1", "a/b", "0", "1", "01", "-", "é\n", "10", "<&>", "%41"}

func (r values) key() string { return keys[r.IntN(len(keys))] }

// value is a leaf or a container of so many levels at most.
func (r values) value(levels int) tree.Value {
	if levels == 0 || r.IntN(3) == 0 {
		return leaves[r.IntN(len(leaves))]
	}
	return r.container(levels)
}

func (r values) container(levels int) tree.Value {
	elements, members := []tree.Value{}, map[string]tree.Value{}
	for range r.IntN(6) {
		v := r.value(levels - 1)
		elements, members[r.key()] = append(elements, v), v
	}
	if r.IntN(2) == 0 {
		return tree.ArrayValue(elements...)
	}
	return tree.ObjectValue(members)
}

// changed is v after a few changes at its top or beneath.
func (r values) changed(v tree.Value) tree.Value {
	for range 1 + r.IntN(3) {
		v = r.changedOnce(v)
	}
	return v
}

func (r values) changedOnce(v tree.Value) tree.Value {
	switch v.Kind() {
	case tree.Array:
		return tree.ArrayValue(r.changedElements(elementsOf(v))...)
	case tree.Object:
		members := map[string]tree.Value{}
		key := r.key()
		for k, value := range v.Members() {
			members[k] = value
			if r.IntN(v.Len()) == 0 {
				key = k
			}
		}
		if value, there := members[key]; there && r.IntN(2) == 0 {
			members[key] = r.changedOnce(value)
		} else if there && r.IntN(2) == 0 {
			delete(members, key)
		} else {
			members[key] = r.value(2)
		}
		return tree.ObjectValue(members)
	default:
		return r.value(2)
	}
}

func (r values) changedElements(elements []tree.Value) []tree.Value {
	if len(elements) == 0 {
		return []tree.Value{r.value(2)}
	}
	i := r.IntN(len(elements))
	rest := elements[i+1:]
	switch r.IntN(3) {
	case 0:
		return append(elements[:i:i], rest...)
	case 1:
		return append(append(elements[:i:i], r.value(2)), elements[i:]...)
	default:
		return append(append(elements[:i:i], r.changedOnce(elements[i])), rest...)
	}
}

// BenchmarkEvent makes events about a result of 1,000 items of which one has
// changed: the time for each, and its bytes.
func BenchmarkEvent(b *testing.B) {
	items := make(map[string]tree.Value)
	for i := range 1000 {
		items["item-"+strconv.Itoa(i)] = parsed(b, fmt.Sprintf(`{"name":"the name of item %d","state":"running","count":%d,"tags":["a","b"]}`, i, i))
	}
	one := tree.ObjectValue(items)
	items["item-500"] = parsed(b, `{"name":"the name of item 500","state":"stopped","count":500,"tags":["a","b"]}`)
	other := tree.ObjectValue(items)
	for _, asDeltas := range []bool{false, true} {
		b.Run("delta="+strconv.FormatBool(asDeltas), func(b *testing.B) {
			var text bytes.Buffer
			for b.Loop() {
				text.Reset()
				var data any = whole{result: result{Revision: 7, Result: one, Exists: true}}
				if asDeltas {
					data = shorter(result{Result: other, Exists: true}, data.(whole))
				}
				if err := json.NewEncoder(&text).Encode(data); err != nil {
					b.Fatal(err)
				}
				one, other = other, one
			}
			b.ReportMetric(float64(text.Len()), "bytes/event")
		})
	}
}
