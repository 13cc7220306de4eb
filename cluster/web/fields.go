package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// fields are the members of a JSON object by their names, each as it was
// written: what stands there is read by package tree, so that no number loses
// digits and no key appears twice.
type fields map[string]json.RawMessage

// has reports whether there is a member with that name, be it null.
func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// value returns the member as a value.
func (f fields) value(name string) (tree.Value, error) {
	value, err := tree.ParseJSON(f[name])
	return value, within(name, err)
}

// elements returns the elements of the member, an array.
func (f fields) elements(name string) ([]any, error) {
	list, err := f.value(name)
	if err != nil {
		return nil, err
	}
	if list.Kind() != tree.Array {
		return nil, within(name, invalid("want an array of elements, not %v", list.Kind()))
	}
	elements := make([]any, 0, list.Len())
	for _, element := range list.Elements() {
		elements = append(elements, element)
	}
	return elements, nil
}

// revision returns the member as a revision.
func (f fields) revision(name string) (uint64, error) { return parseRevision(name, string(f[name])) }

// ttl returns the member as the time of a lease.
func (f fields) ttl(name string) (time.Duration, error) {
	text, err := f.value(name)
	if err != nil {
		return 0, err
	}
	if text.Kind() != tree.String {
		return 0, invalid("%s %.40s is not the text of a duration, such as \"30s\"", name, f[name])
	}
	return parseTTL(name, text.Str())
}

// leave returns the member as operations that are made when an item leaves.
func (f fields) leave(name string) (ops []cluster.Op, err error) {
	r := newBodyReader(f[name])
	if err := readClauses(r, name, leaveForms, &ops); err != nil {
		return nil, err
	}
	return ops, r.end()
}

// path returns the member as a path.
func (f fields) path(name string) (tree.Path, error) {
	value, err := f.value(name)
	if err != nil {
		return nil, err
	}
	path, err := pathOf(value)
	return path, within(name, err)
}

// query returns the query with a shape, evaluated at a path: each the member of
// that name, if there is one.
func (f fields) query(shape, path string) (tree.Query, error) {
	if !f.has(path) {
		return newQuery(f[shape], nil)
	}
	at, err := f.path(path)
	if err != nil {
		return tree.Query{}, err
	}
	return newQuery(f[shape], &at)
}

// pathOf returns the path that stands in a body as its text, or as the array of
// its keys, of which each is taken as it is.
func pathOf(value tree.Value) (tree.Path, error) {
	switch value.Kind() {
	case tree.String:
		return tree.ParsePath(value.Str())
	case tree.Array:
		path := make(tree.Path, 0, value.Len())
		for i, key := range value.Elements() {
			if key.Kind() != tree.String {
				return nil, invalid("key %d of the path is of kind %v, and not a string", i, key.Kind())
			}
			path = append(path, key.Str())
		}
		return path, path.Validate()
	}
	return nil, invalid("want a path, its text or an array of its keys, not %v", value.Kind())
}

// within says in which member an error was; nil stays nil.
func within(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// bodyReader reads a body of known names from front to back. The structs of
// encoding/json would take names in any case, and the last of two members with
// one name: a client would never learn what was dropped.
type bodyReader struct{ decoder *json.Decoder }

func newBodyReader(body []byte) bodyReader {
	return bodyReader{json.NewDecoder(bytes.NewReader(body))}
}

// fields reads an object with no other names than these.
func (r bodyReader) fields(known []string) (fields, error) {
	read := fields{}
	err := r.object(known, func(name string) error {
		var text json.RawMessage
		if err := r.decoder.Decode(&text); err != nil {
			return r.malformed(err)
		}
		read[name] = text
		return nil
	})
	return read, err
}

// object reads an object with no other names than these, each at most once.
// field must read the value that follows its name.
func (r bodyReader) object(known []string, field func(name string) error) error {
	if err := r.delimiter('{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return r.malformed(err)
		}
		name, _ := token.(string)
		switch {
		case !slices.Contains(known, name):
			return invalid("%.40q is unknown here, known are %q", name, known)
		case seen[name]:
			return invalid("%q appears twice", name)
		}
		seen[name] = true
		if err := field(name); err != nil {
			return err
		}
	}
	return r.delimiter('}', "a comma or }")
}

// array reads an array; element must read one element.
func (r bodyReader) array(element func() error) error {
	if err := r.delimiter('[', "an array"); err != nil {
		return err
	}
	for r.decoder.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return r.delimiter(']', "a comma or ]")
}

// delimiter reads a bracket; want says what its absence is the lack of.
func (r bodyReader) delimiter(bracket json.Delim, want string) error {
	token, err := r.decoder.Token()
	if err != nil {
		return r.malformed(err)
	}
	if token != bracket {
		return invalid("near json byte %d: want %s", r.decoder.InputOffset(), want)
	}
	return nil
}

// end demands that nothing follows.
func (r bodyReader) end() error {
	if _, err := r.decoder.Token(); err != io.EOF {
		return invalid("near json byte %d: data after the object", r.decoder.InputOffset())
	}
	return nil
}

// malformed returns the error of a text that is not JSON.
func (r bodyReader) malformed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return invalid("json ends early")
	}
	return invalid("near json byte %d: %v", r.decoder.InputOffset(), err)
}
