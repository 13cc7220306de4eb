package tree

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// benchSizes are the numbers of items that benchmarks run with.
var benchSizes = []int{1e2, 1e3, 1e4, 1e5, 1e6}

// benchTrees keeps the trees of benchmarks, which take longer to build than
// most benchmarks run.
var benchTrees = map[int]*Tree{}

// benchTree is a tree of n items of 128 bytes beneath /items.
func benchTree(b *testing.B, n int) *Tree {
	b.Helper()
	if benchTrees[n] == nil {
		e := New().Edit()
		for i := range n {
			must(b, e.Set(benchPath(i), benchValue(i)))
		}
		e.Commit()
		benchTrees[n] = e.Tree()
	}
	return benchTrees[n]
}

// benchPath and benchValue are item i of a benchTree.
func benchPath(i int) Path   { return Path{"items", fmt.Sprintf("item-%07d", i)} }
func benchValue(i int) Value { return StringValue(fmt.Sprintf("%0128d", i)) }

// benchPaths are paths spread over a benchTree of n items.
func benchPaths(n int) []Path {
	paths := make([]Path, 1024)
	for i := range paths {
		paths[i] = benchPath(i * 7919 % n)
	}
	return paths
}

// perSize runs a benchmark for every size.
func perSize(b *testing.B, run func(b *testing.B, t *Tree, n int)) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			t := benchTree(b, n)
			b.ReportAllocs()
			run(b, t, n)
		})
	}
}

func BenchmarkGet(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		paths := benchPaths(n)
		for i := 0; b.Loop(); i++ {
			if _, ok := t.Get(paths[i%len(paths)]); !ok {
				b.Fatal("missing")
			}
		}
	})
}

// BenchmarkSet publishes a tree after each write.
func BenchmarkSet(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		paths := benchPaths(n)
		for i := 0; b.Loop(); i++ {
			e := t.Edit()
			must(b, e.Set(paths[i%len(paths)], IntValue(int64(i))))
			t = e.Tree()
		}
	})
}

// BenchmarkEditBatch publishes a tree after 1,024 committed writes; the time is
// that of one write.
func BenchmarkEditBatch(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		paths := benchPaths(n)
		e := t.Edit()
		for i := 0; b.Loop(); i++ {
			must(b, e.Set(paths[i%len(paths)], IntValue(int64(i))))
			e.Commit()
			if i%len(paths) == len(paths)-1 {
				e.Tree()
			}
		}
	})
}

func BenchmarkInsertAndRemove(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		e := t.Edit()
		for i := 0; b.Loop(); i++ {
			p := Path{"items", fmt.Sprintf("item-%07d-new", i*7919%n)}
			must(b, e.Insert(p, Value{}))
			must(b, e.Remove(p))
		}
	})
}

func BenchmarkQueryKeys(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		q, err := ParseQuery([]byte(`{"items": {"_": "$key"}}`))
		must(b, err)
		for b.Loop() {
			q.Eval(t)
		}
	})
}

// BenchmarkDiff lists one change.
func BenchmarkDiff(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		e := t.Edit()
		must(b, e.Set(benchPath(n/2), Value{}))
		next := e.Tree()
		for b.Loop() {
			for range Diff(t, next) {
			}
		}
	})
}

// BenchmarkDigest computes all digests from scratch.
func BenchmarkDigest(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		for b.Loop() {
			forget(t.root)
			newTree(t.root, t.revision)
		}
	})
}

// forget takes the digests out of r and all beneath it.
func forget(r *record) {
	r.digest = Digest{}
	if r.kids == nil {
		return
	}
	if r.kids.root != nil {
		forgetSums(r.kids.root)
	}
	for kid := range r.kids.all() {
		forget(kid)
	}
}

// forgetSums takes the sums out of p and all beneath it.
func forgetSums(p *page) {
	p.sum, p.size = digestSum{}, 0
	for _, beneath := range p.pages {
		forgetSums(beneath)
	}
}

func BenchmarkEncode(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		for b.Loop() {
			must(b, t.Encode(io.Discard))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	perSize(b, func(b *testing.B, t *Tree, n int) {
		var encoded bytes.Buffer
		must(b, t.Encode(&encoded))
		b.SetBytes(int64(encoded.Len()))
		for b.Loop() {
			_, err := Decode(bytes.NewReader(encoded.Bytes()))
			must(b, err)
		}
	})
}
