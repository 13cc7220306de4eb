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
	b.ReportAllocs()
	b.ResetTimer()
	share(b, writers, func(w, i int) error {
		key := fmt.Sprintf("key-%d", i%10_000)
		_, err := nodes[w%len(nodes)].Set(b.Context(), path("bench", key), value+fmt.Sprint(i))
		return err
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// BenchmarkLinearizableReads measures reads a second on a follower of three
// nodes.
func BenchmarkLinearizableReads(b *testing.B) {
	for _, readers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			nodes := openReal(b, 3, nil)
			leader, _ := nodes[0].Leader()
			follower := nodes[0]
			if leader == "a" {
				follower = nodes[1]
			}
			if _, err := follower.Set(b.Context(), path("n"), 1); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			share(b, readers, func(_, _ int) error {
				_, err := follower.Read(b.Context())
				return err
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
		})
	}
}

// BenchmarkTransactions measures transactions a second that read and write one
// item, from 64 callers on three nodes. So many in a hundred are about the same
// item, and run again when others come in between.
func BenchmarkTransactions(b *testing.B) {
	for _, conflicts := range []int{0, 10, 90} {
		b.Run(fmt.Sprintf("conflicts=%d%%", conflicts), func(b *testing.B) {
			nodes := openReal(b, 3, nil)
			var runs atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			share(b, 64, func(caller, i int) error {
				item := path("own", fmt.Sprint(caller))
				if i%100 < conflicts {
					item = path("hot")
				}
				_, err := nodes[caller%len(nodes)].Transact(b.Context(), func(tx *cluster.Tx) error {
					runs.Add(1)
					n, _ := tx.Get(item)
					return tx.Do(cluster.Set(item, n.Int()+1))
				})
				return err
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "transactions/s")
			b.ReportMetric(float64(runs.Load())/float64(b.N), "runs/transaction")
		})
	}
}

// share has so many callers do b.N calls together.
func share(b *testing.B, callers int, call func(caller, i int) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := call(caller, int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
