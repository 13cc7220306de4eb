package tree_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	"example.com/gstate/tree"
)

// job is a struct as a service has it.
type job struct {
	Image    string `json:"image"`
	Replicas int    `json:"replicas"`
}

// A tree never changes: a draft makes the next one.
func Example() {
	value, err := tree.ValueOf(job{Image: "web:1", Replicas: 2})
	if err != nil {
		log.Fatal(err)
	}
	empty := tree.New()
	edit := empty.Edit()
	if err := edit.Insert(tree.Path{"jobs", "web"}, value); err != nil {
		log.Fatal(err)
	}
	first := edit.Tree()
	if err := edit.Set(tree.Path{"jobs", "web", "replicas"}, tree.IntValue(3)); err != nil {
		log.Fatal(err)
	}
	second := edit.Tree()

	for _, t := range []*tree.Tree{empty, first, second} {
		fmt.Println(t.Revision(), t.Root().Value())
	}
	// Output:
	// 0 {}
	// 1 {"jobs":{"web":{"image":"web:1","replicas":2}}}
	// 2 {"jobs":{"web":{"image":"web:1","replicas":3}}}
}

// Changes and their revisions can be taken back until the tree is published.
func ExampleEdit_Rollback() {
	edit := tree.New().Edit()
	if err := edit.Set(tree.Path{"balance"}, tree.IntValue(10)); err != nil {
		log.Fatal(err)
	}
	edit.Commit()

	mark := edit.Mark()
	if err := edit.Update(tree.Path{"balance"}, tree.IntValue(0)); err != nil {
		log.Fatal(err)
	}
	if err := edit.Update(tree.Path{"missing"}, tree.IntValue(10)); errors.Is(err, tree.ErrNotFound) {
		fmt.Println(err)
		edit.Rollback(mark)
	}
	fmt.Println(edit.Tree().Root().Value())
	// Output:
	// update missing: item not found
	// {"balance":10}
}

// Metadata answers "what changed since" without a diff.
func ExampleItem_Newest() {
	edit := tree.New().Edit()
	for _, key := range []string{"a", "b", "a"} {
		if err := edit.Set(tree.Path{"jobs", key, "runs"}, tree.IntValue(int64(edit.Revision()))); err != nil {
			log.Fatal(err)
		}
		edit.Commit()
	}
	jobs, _ := edit.Tree().Get(tree.Path{"jobs"})
	for key, item := range jobs.Children() {
		fmt.Println(key, "created", item.Created(), "modified", item.Modified(), "newest", item.Newest())
	}
	// Output:
	// a created 1 modified 1 newest 3
	// b created 2 modified 2 newest 2
}

func ExampleParseQuery() {
	edit := tree.New().Edit()
	value, err := tree.ParseJSON([]byte(`{"users": {"u1": {"name": "Ann", "mail": "a@x"}, "u2": {"name": "Bob"}}}`))
	if err != nil {
		log.Fatal(err)
	}
	if err := edit.Set(nil, value); err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		`{"users": {"_": "$key"}}`,
		`{"users": {"_": {"name": 1}}}`,
		`{"users": {"u1": 1}}`,
		`{"users": {"_": true}}`,
	} {
		query, err := tree.ParseQuery([]byte(text))
		if err != nil {
			fmt.Println(err)
			continue
		}
		result, _ := query.Eval(edit.Tree())
		fmt.Println(result)
	}
	// Output:
	// {"users":["u1","u2"]}
	// {"users":[{"name":"Ann"},{"name":"Bob"}]}
	// {"users":{"u1":{"mail":"a@x","name":"Ann"}}}
	// query users._: want 1, "$value" or an object, not true: invalid
}

func ExampleDiff() {
	edit := tree.New().Edit()
	value, err := tree.ParseJSON([]byte(`{"a": 1, "b": {"c": [1, 2]}, "d": 0}`))
	if err != nil {
		log.Fatal(err)
	}
	if err := edit.Set(nil, value); err != nil {
		log.Fatal(err)
	}
	old := edit.Tree()
	if err := edit.Set(tree.Path{"b", "c", "2"}, tree.IntValue(3)); err != nil {
		log.Fatal(err)
	}
	if err := edit.Remove(tree.Path{"d"}); err != nil {
		log.Fatal(err)
	}
	for change := range tree.Diff(old, edit.Tree()) {
		switch {
		case !change.Old.Exists():
			fmt.Printf("added %q: %v\n", change.Path, change.New.Value())
		case !change.New.Exists():
			fmt.Printf("removed %q\n", change.Path)
		default:
			fmt.Printf("modified %q: version %d\n", change.Path, change.New.Version())
		}
	}
	// Output:
	// modified "": version 3
	// modified "b.c": version 2
	// added "b.c.2": 3
	// removed "d"
}

func ExampleParsePath() {
	path, err := tree.ParsePath(`hosts."db.example.com".port`)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(path), path[1])
	fmt.Println(path.Child("").Child("a b"))
	// Output:
	// 3 db.example.com
	// hosts."db.example.com".port.""."a b"
}

func ExampleValue_Decode() {
	value, err := tree.ParseJSON([]byte(`{"image": "web:2", "replicas": 5}`))
	if err != nil {
		log.Fatal(err)
	}
	var j job
	if err := value.Decode(&j); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", j)
	// Output: {Image:web:2 Replicas:5}
}

// An encoding delimits itself, so it can stand in the middle of a stream.
func ExampleTree_Encode() {
	edit := tree.New().Edit()
	if err := edit.Set(tree.Path{"a"}, tree.StringValue("x")); err != nil {
		log.Fatal(err)
	}
	original := edit.Tree()
	var stream bytes.Buffer
	if err := original.Encode(&stream); err != nil {
		log.Fatal(err)
	}
	stream.WriteString("more")

	decoded, err := tree.Decode(&stream)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decoded.Digest() == original.Digest(), stream.String())
	// Output: true more
}

// A query in Go, and what it is as text and in JSON.
func ExampleQuery_Select() {
	query, err := tree.Subtree(tree.Path{"users"}).Select(
		tree.Each(tree.Fields("name").With("tags", tree.Keys())).
			Where(tree.Field("age").AtLeast(18), tree.Or(tree.Field("role").Equals("admin"), tree.Field("boss").Missing())).
			OrderBy("team").OrderByDescending("age").
			Limit(10))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(query.Text())
	fmt.Println(query)
	_, err = query.Select(tree.Count().Where(tree.Field("a..b").Exists()))
	fmt.Println(err)
	// Output:
	// users[(role = "admin" or boss missing) and age >= 18 order team, -age limit 10] {name, tags[] $key}
	// {"_":"$at","path":"users","query":{"_":{"name":1,"tags":{"_":"$key"}},"limit":10,"order":["team",{"desc":"age"}],"where":{"$or":[{"role":{"=":"admin"}},{"boss":{"exists":false}}],"age":{">=":18}}}}
	// query where.$and.0."a..b": path byte 2: key "" must be quoted: invalid
}

func ExampleParseQueryText() {
	value, err := tree.ParseJSON([]byte(`{"users": {
		"anna": {"age": 41, "role": "admin", "tags": {"x": 1}}, "bert": {"age": 23, "tags": {"y": 2}}, "carl": {"age": 7}}}`))
	if err != nil {
		log.Fatal(err)
	}
	edit := tree.New().Edit()
	if err := edit.Set(nil, value); err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{
		`users.anna.role`,
		`users[age >= 18 order -age] {age}`,
		`users[not (role = "admin")] $key`,
		`users[match *.tags.* keyed]`,
		`users[age >= ] $key`,
	} {
		query, err := tree.ParseQueryText(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		result, _ := query.Eval(edit.Tree())
		fmt.Println(result)
	}
	// Output:
	// "admin"
	// [{"age":41},{"age":23}]
	// ["bert","carl"]
	// {"anna.tags.x":1,"bert.tags.y":2}
	// query column 14: want a value of JSON, a string in quotes: json byte 13: want a value: invalid
}

// A leaderboard, page by page: the next page begins after the last one's last
// child, which is named by what the children are ordered by, and its key.
func ExampleParseQuery_pages() {
	value, err := tree.ParseJSON([]byte(`{"players": {
		"anna": {"points": 7}, "bert": {"points": 9}, "carl": {"points": 7}, "dora": {"points": 2}}}`))
	if err != nil {
		log.Fatal(err)
	}
	edit := tree.New().Edit()
	if err := edit.Set(nil, value); err != nil {
		log.Fatal(err)
	}
	for _, page := range []string{
		`{"players": {"_": "$key", "where": {"points": {">": 5}}, "order": {"desc": "points"}, "limit": 2}}`,
		`{"players": {"_": "$key", "where": {"points": {">": 5}}, "order": {"desc": "points"}, "limit": 2, "after": [7, "anna"]}}`,
	} {
		query, err := tree.ParseQuery([]byte(page))
		if err != nil {
			log.Fatal(err)
		}
		names, _ := query.Eval(edit.Tree())
		fmt.Println(names)
	}
	// Output:
	// {"players":["bert","anna"]}
	// {"players":["carl"]}
}

// A job is linked to the user that owns it, and reads with that user's name.
func ExampleLinkValue() {
	edit := tree.New().Edit()
	for path, value := range map[string]tree.Value{
		"users.anna.name": tree.StringValue("Anna"),
		"jobs.7.owner":    tree.LinkValue(tree.Path{"users", "anna"}),
	} {
		at, err := tree.ParsePath(path)
		if err != nil {
			log.Fatal(err)
		}
		if err := edit.Set(at, value); err != nil {
			log.Fatal(err)
		}
	}
	query, err := tree.ParseQuery([]byte(`{"jobs": {"_": {"owner": {"name": 1}}}}`))
	if err != nil {
		log.Fatal(err)
	}
	names, _ := edit.Eval(query)
	job, _ := edit.Get(tree.Path{"jobs", "7"})
	fmt.Println(names)
	fmt.Println(job.Value())

	if err := edit.Remove(tree.Path{"users", "anna"}); err != nil {
		log.Fatal(err)
	}
	names, _ = edit.Eval(query)
	fmt.Println(names)
	// Output:
	// {"jobs":[{"owner":{"name":"Anna"}}]}
	// {"owner":{"_":"$ref","path":"users.anna"}}
	// {"jobs":[{}]}
}
