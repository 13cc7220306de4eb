package cluster

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestDamagedLogFilesAreRefused(t *testing.T) {
	for name, c := range damages {
		t.Run(name, func(t *testing.T) {
			l := layoutOf(usedFile(t))
			c.spoil(l)
			err := checkPages(writeFile(t, l.content))
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want ErrCorrupt with %q in it", err, c.want)
			}
		})
	}
}

// damages are those of a log file that was used for some time. The root bucket
// has conf, which is inline, before logs; the root of logs is a branch.
var damages = map[string]struct {
	spoil func(l *layout)
	want  string
}{
	"the newest meta page is overwritten": {func(l *layout) { clear(l.content[l.newest() : l.newest()+l.pageSize]) }, "does not begin as a meta page"},
	"a meta page is that of an older transaction": {func(l *layout) {
		l.put64(l.pageSize-l.newest()+64, int(l.u64(l.newest()+64))-3)
		sealMetas(l.content)
	}, "and the other one of"},
	"a meta page is in the other's place":   {func(l *layout) { l.meta(48, int(l.u64(l.newest()+64))+1) }, "is in the other one"},
	"the root is a meta page":               {func(l *layout) { l.meta(16, 1) }, "page 1: it is referred to"},
	"the root is beyond the end":            {func(l *layout) { l.meta(16, 1<<62) }, "it is referred to"},
	"the file is cut":                       {func(l *layout) { l.content = l.content[:l.u64(l.newest()+56)*uint64(l.pageSize)-1] }, "the file holds"},
	"the file is cut after its first page":  {func(l *layout) { l.content = l.content[:l.pageSize] }, "page 1: the meta page cannot be read"},
	"the file is cut within the first page": {func(l *layout) { l.content = l.content[:50] }, "page 0: the meta page cannot be read"},
	"page size":                             {func(l *layout) { l.put32(24, 3000); sealMetas(l.content) }, "pages have 3000 bytes"},

	"page id":             {func(l *layout) { l.put64(l.leaves[3], 2) }, "it says that it is page 2"},
	"page flags":          {func(l *layout) { l.put16(l.leaves[3]+8, freelistPage) }, "neither a branch's nor a leaf's"},
	"a branch as a leaf":  {func(l *layout) { l.put16(l.branches[0]+8, leafPage) }, "element 0"},
	"one element less":    {func(l *layout) { l.put16(l.leaves[3]+10, l.u16(l.leaves[3]+10)-1) }, "its position is"},
	"one element more":    {func(l *layout) { l.put16(l.leaves[3]+10, l.u16(l.leaves[3]+10)+1) }, "its position is"},
	"one child less":      {func(l *layout) { l.put16(l.branches[0]+10, l.u16(l.branches[0]+10)-1) }, "its position is"},
	"no elements":         {func(l *layout) { l.put16(l.leaves[3]+10, 0) }, "no elements"},
	"no buckets":          {func(l *layout) { l.put16(l.leaves[0]+10, 0) }, "no elements"},
	"too many elements":   {func(l *layout) { l.put16(l.leaves[3]+10, 60000) }, "no room for 60000"},
	"one page more":       {func(l *layout) { l.put32(l.leaves[3]+12, 1) }, ""},
	"one page less":       {func(l *layout) { l.put32(l.overflowing()+12, 0) }, "go beyond the end"},
	"all pages there are": {func(l *layout) { l.put32(l.leaves[3]+12, 1<<32-1) }, "goes on over 4294967295 pages"},

	"a position":           {func(l *layout) { l.put32(l.leaves[3]+16+16+4, 77) }, "its position is 77"},
	"an empty key":         {func(l *layout) { l.put32(l.leaves[3]+16+8, 0) }, "its key has 0 bytes"},
	"a long key":           {func(l *layout) { l.put32(l.leaves[3]+16+8, 1<<31) }, "its key has 2147483648 bytes"},
	"a long value":         {func(l *layout) { l.put32(l.leaves[3]+16+12, 1<<32-1) }, "go beyond the end"},
	"a longer value":       {func(l *layout) { l.put32(l.leaves[3]+16+12, l.u32(l.leaves[3]+16+12)+1) }, "its position is"},
	"an entry as a bucket": {func(l *layout) { l.put32(l.leaves[3]+16, bucketEntry) }, "has the flags 0x1"},
	"a key twice":          {func(l *layout) { l.copyKey(l.leaves[3]+32, l.leaves[3]+16) }, "follows"},
	"keys that descend":    {func(l *layout) { l.copyKey(l.leaves[3]+32, l.leaves[2]+16) }, "follows"},
	"a key beyond its page": {func(l *layout) {
		l.copyKey(l.leaves[3]+16*l.u16(l.leaves[3]+10), l.leaves[4]+16)
	}, "belongs after"},
	"a first key":      {func(l *layout) { l.copyKey(l.leaves[3]+16, l.leaves[2]+16) }, "in its parent"},
	"a separating key": {func(l *layout) { l.content[l.branches[0]+16+l.u32(l.branches[0]+16)+7]-- }, "in its parent"},

	"a child is its parent":   {func(l *layout) { l.put64(l.branches[0]+16+8, l.branches[0]/l.pageSize) }, "used twice"},
	"a child twice":           {func(l *layout) { l.put64(l.branches[0]+32+8, int(l.u64(l.branches[0]+16+8))) }, "used twice"},
	"a child is a meta page":  {func(l *layout) { l.put64(l.branches[0]+16+8, 1) }, "page 1: it is referred to"},
	"a child is beyond":       {func(l *layout) { l.put64(l.branches[0]+16+8, 1<<40) }, "page 1099511627776: it is referred to"},
	"a bucket's root":         {func(l *layout) { l.put64(l.buckets[1], l.leaves[0]/l.pageSize) }, "used twice"},
	"a bucket is said inline": {func(l *layout) { l.put64(l.buckets[1], 0) }, "has its root in page 0"},
	"a bucket is not inline":  {func(l *layout) { l.put64(l.buckets[0], 3) }, "has its root in page 3"},
	"an inline page":          {func(l *layout) { l.put64(l.buckets[0]+16, 3) }, "bucket conf does not begin as one"},
	"a bucket's name":         {func(l *layout) { l.content[l.buckets[1]-1] = 't' }, `"logt"`},
	"a bucket as an entry":    {func(l *layout) { l.put32(l.leaves[0]+16, 0) }, `"conf" with flags 0x0`},

	"a freelist where none is":    {func(l *layout) { l.meta(32, l.leaves[3]/l.pageSize) }, "used twice"},
	"a freelist that is none":     {func(l *layout) { l.freelist(1 << 40); l.put16(len(l.content)-l.pageSize+8, leafPage) }, "not a freelist's"},
	"a freelist that is too long": {func(l *layout) { l.freelist(1 << 40); l.put16(len(l.content)-l.pageSize+10, manyFree) }, "no room for"},
	"a freelist beyond the end":   {func(l *layout) { l.meta(32, 1<<40) }, "page 1099511627776: it is referred to"},
	"a page both free and used": {func(l *layout) {
		l.freelist(l.leaves[3] / l.pageSize)
	}, "used twice"},
	"a free page beyond the end": {func(l *layout) { l.freelist(1 << 40) }, "page 1099511627776: it goes on"},
	"a value of conf":            {func(l *layout) { l.content[bytes.Index(l.content[l.buckets[0]:], []byte("value 12"))+l.buckets[0]]++ }, "checksum of"},
}

// freelist adds a freelist of one page.
func (l *layout) freelist(free int) {
	id := int(l.u64(l.newest() + 56))
	at := id * l.pageSize
	l.content = append(l.content[:at], make([]byte, l.pageSize)...)
	l.put64(at, id)
	l.put16(at+8, freelistPage)
	l.put16(at+10, 1)
	l.put64(at+16, free)
	l.meta(32, id)
	l.meta(40, id+1)
}
