package web

import (
	"maps"
	"slices"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// A clause is one condition or operation of a transaction in JSON: an object
// in which the name of its kind leads to a path, such as "set", and beside it
// stands what that kind takes, such as "value".

// form is how clauses of one kind are written, and what they become.
type form[T any] struct {
	// needs is the name of what must stand beside the kind, and may of what may
	// stand there; empty for kinds that have none.
	needs, may string
	// read returns what a clause of this kind, with these names, stands for.
	read func(clause fields, kind string) (T, error)
}

// forms are those of a list, by kind.
type forms[T any] map[string]form[T]

// conditionForms has a form for each constructor of a cluster.Condition.
var conditionForms = forms[cluster.Condition]{
	"exists":          bare(cluster.Exists),
	"missing":         bare(cluster.Missing),
	"unmodified":      numbered("since", cluster.Unmodified),
	"item-unmodified": numbered("since", cluster.ItemUnmodified),
	"equals":          valued(cluster.Equals),
	"held":            numbered("token", cluster.Held),
	"matches":         {needs: "result", may: "path", read: readMatches},
}

// operationForms has a form for each constructor of a cluster.Op.
var operationForms = func() forms[cluster.Op] {
	all := maps.Clone(leaveForms)
	all["on-leave"] = taking("make", fields.leave, func(path tree.Path, ops []cluster.Op) cluster.Op { return cluster.OnLeave(path, ops...) })
	return all
}()

// leaveForms has those that may stand among the operations of on-leave.
var leaveForms = forms[cluster.Op]{
	"set":        valued(cluster.Set),
	"insert":     valued(cluster.Insert),
	"update":     valued(cluster.Update),
	"replace":    valued(cluster.Replace),
	"remove":     bare(cluster.Remove),
	"delete":     bare(cluster.Delete),
	"add":        valued(cluster.Add),
	"min":        valued(cluster.Min),
	"max":        valued(cluster.Max),
	"append":     valued(cluster.Append),
	"union":      listed(cluster.Union),
	"difference": listed(cluster.Difference),
	"create":     valued(cluster.Create),
	"expire":     taking("ttl", fields.ttl, cluster.Expire),
	"persist":    bare(cluster.Persist),
	"keep-while": taking("keeper", fields.path, cluster.KeepWhile),
	"ephemeral":  taking("ttl", fields.ttl, cluster.Ephemeral),
}

// bare is the form of a kind that takes a path alone.
func bare[T any](make func(tree.Path) T) form[T] {
	return form[T]{read: func(clause fields, kind string) (made T, err error) {
		path, err := clause.path(kind)
		if err != nil {
			return made, err
		}
		return make(path), nil
	}}
}

// valued is the form of a kind that takes a value.
func valued[T any](make func(tree.Path, any) T) form[T] {
	return taking("value", fields.value, func(path tree.Path, value tree.Value) T { return make(path, value) })
}

// numbered is the form of a kind that takes a revision under a name.
func numbered[T any](name string, make func(tree.Path, uint64) T) form[T] {
	return taking(name, fields.revision, make)
}

// listed is the form of a kind that takes elements of an array.
func listed[T any](make func(tree.Path, ...any) T) form[T] {
	return taking("values", fields.elements, func(path tree.Path, elements []any) T { return make(path, elements...) })
}

// taking is the form of a kind that takes one thing beside its path.
func taking[T, V any](name string, read func(fields, string) (V, error), make func(tree.Path, V) T) form[T] {
	return form[T]{needs: name, read: func(clause fields, kind string) (made T, err error) {
		path, err := clause.path(kind)
		if err != nil {
			return made, err
		}
		taken, err := read(clause, name)
		if err != nil {
			return made, err
		}
		return make(path, taken), nil
	}}
}

// readMatches reads the one kind that is about a query, and not about a path.
func readMatches(clause fields, kind string) (cluster.Condition, error) {
	query, err := clause.query(kind, "path")
	if err != nil {
		return cluster.Condition{}, within(kind, err)
	}
	result, err := clause.value("result")
	if err != nil {
		return cluster.Condition{}, err
	}
	return cluster.Matches(query, result), nil
}

// names returns every name that a clause may have: the kinds, and then what
// stands beside them.
func (f forms[T]) names() []string {
	names := slices.Sorted(maps.Keys(f))
	for _, kind := range names {
		for _, name := range []string{f[kind].needs, f[kind].may} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// read returns what a clause stands for.
func (f forms[T]) read(clause fields) (made T, err error) {
	kind, err := f.kindOf(clause)
	if err != nil {
		return made, err
	}
	known := f[kind]
	for _, name := range slices.Sorted(maps.Keys(clause)) {
		if name != kind && name != known.needs && name != known.may {
			return made, invalid("%s takes no %q", kind, name)
		}
	}
	if known.needs != "" && !clause.has(known.needs) {
		return made, invalid("%s needs %q", kind, known.needs)
	}
	return known.read(clause, kind)
}

// kindOf returns the one name of a kind that the clause has.
func (f forms[T]) kindOf(clause fields) (string, error) {
	var kinds []string
	for _, name := range slices.Sorted(maps.Keys(clause)) {
		if _, ok := f[name]; ok {
			kinds = append(kinds, name)
		}
	}
	switch len(kinds) {
	case 0:
		return "", invalid("want one of %q", slices.Sorted(maps.Keys(f)))
	case 1:
		return kinds[0], nil
	}
	return "", invalid("%q in one object, want one of them", kinds)
}
