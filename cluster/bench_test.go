package cluster_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/gstate/cluster"
)

// BenchmarkWrites measures acknowledged writes a second: 128-byte values over
// 10,000 keys, writers spread over all nodes, real files and fsync.
func BenchmarkWrites(b *testing.B) {
	for _, nodes := range []int{1, 3} {
		for _, writers := range []int{1, 64, 1024} {
			b.Run(fmt.Sprintf("nodes=%d/writers=%d", nodes, writers), func(b *testing.B) {
				benchmarkWrites(b, openReal(b, nodes, nil), writers)
			})
		}
	}
}

func benchmarkWrites(b *testing.B, nodes []*cluster.Node, writers int) {
	value := strings.Repeat("v", 128)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				key := fmt.Sprintf("key-%d", i%10_000)
				if _, err := nodes[w%len(nodes)].Set(b.Context(), path("bench", key), value+fmt.Sprint(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}
