package tree

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"
)

// What an item may cost in memory beside its content: 120 bytes, and half of
// the content again.
func TestMemoryPerItem(t *testing.T) {
	const items, payload = 50_000, 128
	for _, test := range []struct {
		name string
		path func(i int) Path
	}{
		{"all items beneath one parent", func(i int) Path { return Path{"items", fmt.Sprintf("item-%07d", i)} }},
		{"a hundred items to a parent", func(i int) Path {
			return Path{"items", fmt.Sprintf("group-%05d", i/100), fmt.Sprintf("item-%02d", i%100)}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := liveHeap()
			e := New().Edit()
			content := make([]byte, payload)
			for i := range items {
				copy(content, fmt.Sprint(i))
				must(t, e.Set(test.path(i), StringValue(string(content))))
			}
			tr := e.Tree()
			perItem := float64(liveHeap()-before) / float64(tr.Len())
			t.Logf("%.0f bytes per item", perItem)
			if limit := 1.5*payload + 120; perItem > limit {
				t.Errorf("%.0f bytes per item, limit %.0f", perItem, limit)
			}
			runtime.KeepAlive(tr)
		})
	}
}

// liveHeap is the number of bytes that are reachable.
func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestSizesThatMemoryDependsOn(t *testing.T) {
	if size := unsafe.Sizeof(Value{}); size != 24 {
		t.Errorf("a Value has %d bytes, want 24", size)
	}
	if size := unsafe.Sizeof(record{}); size != 96 {
		t.Errorf("a record has %d bytes, want 96, a size class", size)
	}
	if size := unsafe.Sizeof(page{}); size != 80 {
		t.Errorf("a page has %d bytes, want 80, a size class", size)
	}
}
