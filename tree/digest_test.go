package tree

import "testing"

func TestDigestDependsOnContentMetadataAndRevisionOnly(t *testing.T) {
	build := func(names ...string) *Tree {
		e := New().Edit()
		for _, name := range names {
			for _, i := range order(name, 1000) {
				must(t, e.Set(Path{"items", indexKey(i)}, IntValue(int64(i))))
			}
		}
		return e.Tree()
	}
	want := build("ascending")
	for name, tr := range map[string]*Tree{
		"descending":        build("descending"),
		"shuffled":          build("shuffled"),
		"written twice":     build("ascending", "shuffled"),
		"filled in another": build("descending", "ascending"),
	} {
		check(t, tr)
		if tr.Digest() != want.Digest() {
			t.Errorf("%s: digest %v, want %v", name, tr.Digest(), want.Digest())
		}
	}
}

func TestDigestsThatMustDiffer(t *testing.T) {
	seen := map[Digest]string{}
	for _, test := range []struct {
		name string
		ops  []string
	}{
		{"empty", nil},
		{"a key", []string{`set a 1`}},
		{"another key", []string{`set b 1`}},
		{"another value", []string{`set a 2`}},
		{"another kind", []string{`set a 1.0`}},
		{"a string", []string{`set a "1"`}},
		{"an empty object", []string{`set a {}`}},
		{"an empty array", []string{`set a []`}},
		{"null", []string{`set a null`}},
		{"two levels", []string{`set a.a 1`}},
		{"children exchanged", []string{`set a {"x":1,"y":2}`}},
		{"children exchanged otherwise", []string{`set a {"x":2,"y":1}`}},
		{"children between parents", []string{`set / {"p":{"x":1},"q":{"y":2}}`}},
		{"children between other parents", []string{`set / {"p":{"y":2},"q":{"x":1}}`}},
		{"an array", []string{`set a [1]`}},
		{"an object with its keys", []string{`set a {"0":1}`}},
		{"modified later", []string{`set a 2`, `set a 1`}},
		{"created later", []string{`set b 1`, `remove b`, `set a 1`}},
		{"a later revision alone", []string{`set a 1`, `set b 1`, `remove b`}},
	} {
		e := New().Edit()
		steps(t, e, test.ops...)
		d := e.Tree().Digest()
		if other, found := seen[d]; found {
			t.Errorf("%q has the digest of %q", test.name, other)
		}
		seen[d] = test.name
	}
}

// Digests are part of what replicas of different releases compare, and of the
// encoding.
func TestDigestIsFixed(t *testing.T) {
	if got, want := New().Digest().String(), "d9bd47ba25e708d066c2e47b4594d554"; got != want {
		t.Errorf("of the empty tree: %s, want %s", got, want)
	}
	e := New().Edit()
	steps(t, e, `set / `+shop, `set items.9.name "neun"`, `remove view.list.0`)
	if got, want := e.Tree().Digest().String(), "65840d8ac603f0656d626faac87c898a"; got != want {
		t.Errorf("of a tree: %s, want %s", got, want)
	}
}

// Operations leave digests alone; publishing computes those that are missing,
// each once.
func TestDigestsAreComputedWhenATreeIsPublished(t *testing.T) {
	e := treeOf(t, `{"a":{"b":1},"c":{"d":1}}`).Edit()
	untouched, _ := e.Get(Path{"c"})
	for i := range 10_000 {
		must(t, e.Set(Path{"a", indexKey(i)}, IntValue(int64(i))))
		e.Commit()
		if e.root.digest != (Digest{}) || e.root.child("a").digest != (Digest{}) {
			t.Fatal("an operation computed a digest")
		}
	}
	tr := e.Tree()
	check(t, tr)
	if now, _ := tr.Get(Path{"c"}); now != untouched {
		t.Error("what was not touched is not shared")
	}
}
