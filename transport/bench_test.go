package transport

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkCall measures calls over a loopback connection; the body goes there
// and back.
func BenchmarkCall(b *testing.B) {
	for _, callers := range []int{1, 64} {
		for _, size := range []int{128, 16 << 10} {
			b.Run(fmt.Sprintf("callers=%d/bytes=%d", callers, size), func(b *testing.B) {
				benchmarkCall(b, callers, size)
			})
		}
	}
}

func benchmarkCall(b *testing.B, callers, size int) {
	var book addressBook
	from := openTCP(b, &book, "a", nil)
	openTCP(b, &book, "b", nil)
	b.SetBytes(int64(2 * size))
	b.ReportAllocs()
	work := make(chan struct{}, callers)
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			for range work {
				if _, err := from.Call(b.Context(), "b", kindEcho, make([]byte, size)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
