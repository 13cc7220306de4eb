package fake

import (
	"encoding/json"
	"net/url"
	"strings"

	"example.com/gstate/jepsen-like/history"
	"example.com/gstate/jepsen-like/model"
)

// view is what a query sees: one item, the items of a collection, or all.
type view struct {
	path  string
	count bool
	field string
	// tree has what is at and beneath the path.
	tree *model.Tree
}

// newView reads the parameters of a query. Of the forms of the contract those are
// known that the workloads use.
func newView(query url.Values) view {
	v := view{path: slashed(query.Get("path")), tree: model.New()}
	var form struct {
		Children json.RawMessage            `json:"_"`
		Where    map[string]json.RawMessage `json:"where"`
	}
	// What is no object is a query of the whole.
	_ = json.Unmarshal([]byte(query.Get("query")), &form)
	v.count = string(form.Children) == `"$count"`
	for field := range form.Where {
		v.field = field
	}
	return v
}

func (v *view) isRoot() bool { return v.path == "" }

// follow takes changes into account, and reports whether any is in the view.
func (v *view) follow(changes []change) (touched bool) {
	for _, c := range changes {
		var within []history.Change
		for _, part := range c.parts {
			if v.sees(slashed(part.Path)) {
				within = append(within, part)
			}
		}
		if err := v.tree.Follow(within, c.revision); err != nil {
			panic("fake: a change that is none: " + err.Error())
		}
		touched = touched || v.isRoot() || len(within) > 0
	}
	return touched
}

// sees reports whether an item is at or beneath the path.
func (v *view) sees(item string) bool {
	return v.isRoot() || item == v.path || strings.HasPrefix(item, v.path+"/")
}

func (v *view) exists() bool { return v.tree.Has(v.path) }

// result returns the JSON of the result.
func (v *view) result() []byte {
	text, err := json.Marshal(v.value())
	if err != nil {
		panic("fake: a result without a JSON form: " + err.Error())
	}
	return text
}

func (v *view) value() any {
	at, _ := v.tree.Get(v.path)
	members, isObject := at.JSON.(map[string]any)
	switch {
	case !isObject:
		return at.JSON
	case v.count:
		return len(members)
	}
	for key, member := range members {
		fields, _ := member.(map[string]any)
		if _, has := fields[v.field]; v.field != "" && !has {
			delete(members, key)
		}
	}
	return members
}
