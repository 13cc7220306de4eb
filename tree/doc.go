// Package tree is the immutable state tree of gstate: items at paths, changed
// by drafts, read by paths and queries, compared by differences and digests,
// and written to and read from streams.
//
// # Guarantees
//
//   - A Tree never changes. Whoever holds one reads one consistent moment for
//     as long as wanted, without locks.
//
//     Held by TestTreeFollowsTheModel, TestFrozenPagesNeverChange.
//
//   - A kept result is what its query gives afresh, and is equal to the one
//     before exactly when that is.
//
//     Held by TestKeptResultsAreFreshOnes, TestRecordedRunsOfTheOriginal.
//
//   - The writes of a journal, made again, give every tree of the draft. Those
//     that concern a result give what its query gives.
//
//     Held by TestRedoGivesTheSameTrees, TestJournalAfterRollbacks,
//     TestKeptResultsAreFreshOnes.
//
//   - Everything is deterministic: the same operations in the same order give
//     the same tree on every machine, with the same revisions, order of
//     children, results, digest and encoding. Nothing here looks at a clock, a
//     source of randomness or the order of a Go map, starts a goroutine or
//     logs.
//
//     Held by TestDigestDependsOnContentMetadataAndRevisionOnly,
//     TestDigestIsFixed, TestEncodingIsFixed,
//     cluster.TestReplicatedPackagesDependOnNothingOutside.
//
//   - An operation is all or nothing, and no input makes anything here panic.
//     What is refused is refused before anything changes, with an error that
//     wraps one of the sentinels and names the path, byte or limit.
//
//     Held by TestErrorsOfOperations, TestOperationsRefuseWhatNoTreeTakes,
//     TestParseJSONNamesTheByte, FuzzEdit, FuzzDecode.
//
//   - What is stored is what was written: integers keep their 64 bits, an Int
//     never turns into a Float, text is UTF-8, and JSON with a key that appears
//     twice or a number that does not fit is an error.
//
//     Held by TestJSONIsWrittenCanonicallyAndReadBack,
//     TestContentThatDiffersOnlyInKindIsAChange, TestParseJSONRefuses.
//
// # Items, values and paths
//
// An item is what stands at a Path: a leaf (null, bool, int, float, string,
// bytes, link), or an object or array with children. Children are items
// themselves, so an array's elements have the paths 0, 1, 2, ... beneath it. The
// root is the item at the empty path; it is always an object. Children are
// listed in the order of CompareKeys: indices by number, then all other keys by
// their bytes.
//
// A Value is the content of an item and all beneath it, cut loose from any
// tree. ValueOf and Decode convert from and to Go values by their json tags,
// ParseJSON and MarshalJSON from and to JSON.
//
// A link names the path of an item, which need not be there: LinkValue, in JSON
// {"_": "$ref", "path": "users.anna"}. Queries read in its place what stands
// there. Everything else takes it as the leaf that it is: Get gives the link,
// and a write at its path replaces it. Writes of the original GState go through
// a link (S20), which is there the item itself. Here a write changes what is at
// and beneath its path, so that who may write where, and what a condition
// guards, can be told from the path. Whoever removes an item leaves the links to
// it dangling, and whoever writes there again makes them whole.
//
//	Held by TestWritesDoNotGoThroughLinksUnlikeS20,
//	TestRemovedTargetsLeaveLinksDangling.
//
// An item set as an array is an array while its keys are 0 to n-1 without a
// gap: deleting an element in the middle leaves a gap and thereby an object,
// and filling the gap makes it an array again.
//
// # Changes, revisions and metadata
//
// An Edit is a draft. Its operations change items; Commit ends a change, which
// takes the next revision if it changed anything; Tree publishes. So 1,000
// changes can be made and published at once, each with its own revision.
//
// Set merges: objects member by member, while arrays and leaves replace.
// Replace makes a subtree equal to a value. Writing content that is already
// there is no change: it has no revision, touches no metadata and wakes nobody.
//
// Every item knows the revisions that created and last modified the item
// itself, its version (the number of revisions that changed it), the newest
// revision anywhere beneath it and the number of its descendants:
//
//	item, ok := t.Get(tree.Path{"jobs"})
//	if ok && item.Newest() > revision { ... } // something under /jobs changed since
//
// # Example
//
//	edit := tree.New().Edit()
//	value, _ := tree.ValueOf(map[string]any{"name": "Anna", "age": 41})
//	if err := edit.Insert(tree.Path{"users", "anna"}, value); err != nil { ... }
//	edit.Commit()
//	t := edit.Tree() // revision 1
//	query, _ := tree.ParseQuery([]byte(`{"users": {"_": {"name": 1}}}`))
//	names, ok := query.Eval(t) // {"users": [{"name": "Anna"}]}
//
// # Queries
//
// A Query is a shape of what to read: {"users": {"_": {"name": 1}}} gives the
// names of all users. A map may select children, by conditions on their fields,
// an order, a limit and a cursor, or choose from all that matches a path with
// wildcards: {"_": "$key", "match": "*.tags.**"}. ParseQuery lists the forms,
// Query.Eval what they cost, and Query.EvalWithin limits that.
//
// The same query can be written in JSON (ParseQuery), as text for people
// (ParseQueryText), as plain Go data (NewQuery) and in Go (Query.Select):
//
//	{"_": "$at", "path": "users", "query": {"_": {"name": 1}, "where": {"age": {">=": 18}}, "limit": 10}}
//	users[age >= 18 limit 10] {name}
//	tree.Subtree(tree.Path{"users"}).Select(
//		tree.Each(tree.Fields("name")).Where(tree.Field("age").AtLeast(18)).Limit(10))
//
// All are checked when they are read or built, and evaluating never fails.
//
// Held by TestGoJSONAndTextSayTheSame, FuzzParseQuery, FuzzParseQueryText.
//
// A shape goes through links, so that {"jobs": {"_": {"owner": {"name": 1}}}}
// gives each job with the name of the user that its owner is a link to:
//
//	edit.Set(tree.Path{"jobs", "7", "owner"}, tree.LinkValue(tree.Path{"users", "anna"}))
//
// A link that leads nowhere reads as if it were missing.
//
// # Kept results
//
// A [Result] is what a query gives for one tree, in a form from which the result
// for a tree that follows is made in time for what has changed: [Result.Next]. Equal
// says whether it is another one, Deltas in what, and Value makes the whole.
//
//	r := query.Result(t)
//	edit := t.Edit()
//	... // some changes
//	next := r.Next(t, edit.Tree())
//	if !next.Equal(r) {
//		for _, d := range next.Deltas(r) { ... } // d.Path, d.Old, d.New
//	}
//
// A query that may look at the same items again and again (with "#", through links,
// with ** inside **) is evaluated anew instead, and has an error beyond
// [MaxAfreshWork]: [Result.Err].
//
// An edit that keeps a journal ([Edit.KeepJournal]) lists its operations as values of
// [Write]. A [Matcher] finds the results that a write can concern among any number of
// them, and [Edit.Redo] makes a write again.
//
// A result of [IndexQuery] is an [Index] of the children of an item by a field, with
// which [Query.EvalIndexed] looks only at those that the conditions on it leave.
//
// # Inside
//
// The children of an item are a B-tree of pages of up to 63, so an item can
// have millions. Changing an item copies its record, the pages above it and the
// records above those, a few kilobytes; what a draft has copied once it changes
// in place. Trees that follow each other share everything else, and Diff and
// Next skip what is shared. Each page keeps a sum of digests, so publishing
// hashes only the items that changed and those above them.
//
// # Limits
//
//	MaxDepth       64         keys in a path, and levels of a value
//	MaxKeyBytes    1,024      one key
//	MaxValueBytes  1,048,576  one string or bytes
//	MaxAfreshWork  1,048,576  items that a result without parts looks at
//
// An item takes about 120 bytes of memory beside its key and content. The total
// size is limited by memory alone; who writes to a tree has to bound it.
//
// # Concurrency
//
// Trees, Items of trees, Values, Queries, Results, Indexes and Paths that nobody
// changes may be used by any number of goroutines at once. An Edit and a Matcher
// belong to one goroutine at a time.
//
//	Held by TestResultsAreUsedByManyAtOnce.
//
// # Pitfalls
//
//   - A Tree keeps its memory while it is held, and with it what later trees no
//     longer have.
//   - Item.Value builds arrays and objects anew on each call. To look at one
//     child use Child or Get.
//   - An Item of a draft (Edit.Get) holds until the next operation only.
//   - A float64 in a struct whose value is integral becomes an Int by way of
//     JSON, as encoding/json writes 1.0 as 1; FloatValue and map[string]any
//     keep the kind.
//   - A struct field of type Value loses the kind of Bytes and Link in Decode,
//     which writes them as strings. A Path that was decoded from a link goes back
//     through ValueOf as a link on its own and in maps, but as an array of keys
//     from a struct: give that a field of type Value with LinkValue.
//   - A path does not go through links: beneath a link nothing stands. Ask a
//     query with a shape instead.
//   - Through links, and with ** inside **, a query may read the same items again
//     and again, and give a result of any size: EvalWithin limits that. So it does
//     with "#" inside maps, whose result shares its memory but is large when it is
//     written out or compared.
//   - Strings given to a tree are kept, not copied. A short one cut from a long
//     one keeps the long one in memory.
//   - The result of a query with the key "#" is no valid value for a tree, for
//     "#" is reserved. One with "match" and "keyed" may have keys that are too long.
//   - The zero Tree and the zero Edit are of no use: New gives the empty tree.
//     Rollback takes a Mark of its own draft.
package tree
