package history

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// absent stands in EDN for an item that is not there. Knossos takes a read of
// nil for one that knows nothing.
const absent = ":absent"

// WriteEDN writes a history in the form of Jepsen, one map a line: see the
// package comment.
func WriteEDN(w io.Writer, events []Event) error {
	out := bufio.NewWriter(w)
	known := registersOf(events)
	for _, event := range events {
		if _, err := fmt.Fprintln(out, known.line(event)); err != nil {
			return fmt.Errorf("history in EDN: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("history in EDN: %w", err)
	}
	return nil
}

// moment is an item at the revision of one of its changes.
type moment struct {
	item     string
	revision uint64
}

// registers is what a history tells of its items.
type registers struct {
	// values are what items held after their changes, as far as answers told it,
	// in EDN.
	values map[moment]string
	// others are items that are no registers: they can end without a removal, or
	// transactions change them.
	others map[string]bool
	// lists are those that transactions append to, and their parents.
	lists map[string]bool
}

func registersOf(events []Event) registers {
	known := registers{map[moment]string{}, map[string]bool{}, map[string]bool{}}
	for _, event := range events {
		if event.Ends() || event.While != "" {
			known.others[event.Item] = true
		}
		for _, clause := range event.Then {
			known.others[clause.Item] = true
			if parent, _, found := strings.Cut(clause.Item, "/"); found && clause.Function == Append {
				known.lists[clause.Item], known.lists[parent] = true, true
			}
		}
		switch {
		case event.Kind != OK || event.Revision == 0 || event.Function == Transact:
		case event.Function == Remove:
			known.values[moment{event.Item, event.Revision}] = absent
		case event.Function.Writes():
			known.values[moment{event.Item, event.Revision}] = fmt.Sprint(event.Number)
		case event.Function == Get && event.Found:
			known.values[moment{event.Item, event.Modified}] = fmt.Sprint(event.Value)
		}
	}
	return known
}

// line returns one event.
func (r registers) line(event Event) string {
	fields := []string{
		fmt.Sprintf(":index %d", event.Index),
		fmt.Sprintf(":time %d", event.Time.Nanoseconds()),
		":type " + word(string(event.Kind)),
	}
	if event.Process < 0 {
		fields = append(fields, outside(event)...)
	} else {
		f, value := r.operation(event)
		fields = append(fields, fmt.Sprintf(":process %d", event.Process), ":f "+f, ":value "+value, ":node "+quote(event.Node))
		fields = append(fields, problem(event)...)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// outside returns the fields of an event that is no client's. Jepsen gives such
// processes names.
func outside(event Event) []string {
	process := ":nemesis"
	if event.Process != Nemesis {
		process = ":onlooker"
	}
	value := fmt.Sprintf("[%s %s]", quote(event.Node), quote(event.Detail))
	return []string{":process " + process, ":f " + word(string(event.Function)), ":value " + value}
}

// problem returns the field that says why an operation failed, if it did.
func problem(event Event) []string {
	switch {
	case event.Kind == Invoke || event.Kind == OK:
		return nil
	case event.Code != "":
		return []string{":error " + word(event.Code)}
	}
	return []string{":error " + quote(event.Detail)}
}

// operation returns the function and the value by which Jepsen knows the
// operation. One that it does not know keeps its name, with its item.
func (r registers) operation(event Event) (f, value string) {
	number := fmt.Sprint(event.Number)
	switch {
	case r.lists[event.Item]:
		return ":txn", microOperations(event)
	case r.others[event.Item] || !strings.Contains(event.Item, "/"):
		return word(string(event.Function)), tuple(event, number)
	}
	switch event.Function {
	case Get:
		return readName(event), tuple(event, read(event))
	case Insert:
		return ":cas", tuple(event, swap(absent, number))
	case Remove:
		return ":write", tuple(event, absent)
	case Put, Update:
		if old, known := r.values[moment{event.Item, event.IfMatch}]; known {
			return ":cas", tuple(event, swap(old, number))
		}
		return ":write", tuple(event, number)
	}
	return word(string(event.Function)), tuple(event, number)
}

// microOperations is the value of a transaction as Elle reads it: its appends, and its
// reads with the lists that they have seen. A read of all lists tells of those that
// it has found.
func microOperations(event Event) string {
	var list []string
	for place, clause := range event.Then {
		key := quote(clause.Item)
		switch {
		case clause.Function == Append:
			list = append(list, fmt.Sprintf("[:append %s %s]", key, clause.Value))
		case event.Kind == OK && place < len(event.Results):
			list = append(list, fmt.Sprintf("[:r %s %s]", key, vector(event.Results[place])))
		default:
			list = append(list, fmt.Sprintf("[:r %s nil]", key))
		}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(event.Whole, &members) == nil {
		for _, key := range slices.Sorted(maps.Keys(members)) {
			list = append(list, fmt.Sprintf("[:r %s %s]", quote(event.Item+"/"+key), vector(members[key])))
		}
	}
	return "[" + strings.Join(list, " ") + "]"
}

// vector returns a list of numbers in EDN, where commas are blanks.
func vector(list json.RawMessage) string {
	if string(list) == "null" {
		return "[]"
	}
	return strings.ReplaceAll(string(list), ",", " ")
}

// readName tells reads that may be old from those that Knossos can judge.
func readName(event Event) string {
	if event.Linearizable {
		return ":read"
	}
	return ":local-read"
}

// read returns what a read has seen: nil before, and if it was not served.
func read(event Event) string {
	switch {
	case event.Kind != OK:
		return "nil"
	case !event.Found:
		return absent
	}
	return fmt.Sprint(event.Value)
}

// tuple is the value of an operation on one of many independent items.
func tuple(event Event, value string) string {
	return fmt.Sprintf("[%s %s]", quote(event.Item), value)
}

// swap is the value of a conditional write.
func swap(old, fresh string) string { return fmt.Sprintf("[%s %s]", old, fresh) }

var keyword = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// word returns a keyword, or a string if it cannot be one.
func word(text string) string {
	if keyword.MatchString(text) {
		return ":" + text
	}
	return quote(text)
}

// quote returns a string: EDN knows the escapes of JSON. A string always has a
// JSON form.
func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
