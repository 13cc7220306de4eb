package checker_test

import (
	"testing"
	"time"

	"example.com/gstate/jepsen-like/checker"
	"example.com/gstate/jepsen-like/history"
)

// look is what was seen of a node.
func look(node string, second int, change func(*history.Sample)) history.Event {
	event := history.Event{Time: time.Duration(second) * time.Second, Kind: history.Info, Process: history.Onlooker}
	event.Function, event.Node = history.Looked, node
	event.Sample = history.Sample{TreeRevision: 9, Digest: "d", Usage: history.Usage{Start: 1, Memory: 20 << 20, Files: 20, Threads: 9}}
	if change != nil {
		change(&event.Sample)
	}
	return event
}

func TestDigests(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*history.Sample)
		want   int
	}{
		{"the same tree", nil, 0},
		{"another digest", func(s *history.Sample) { s.Digest = "e" }, 1},
		{"another digest of another revision", func(s *history.Sample) { s.Digest, s.TreeRevision = "e", 10 }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, checker.Digests([]history.Event{look("a", 1, nil), look("b", 50, test.change)}), "digests", test.want)
		})
	}
}

func TestResources(t *testing.T) {
	for _, test := range []struct {
		name string
		// grow changes the sample of each second of a minute.
		grow func(second int, s *history.Sample)
		want int
	}{
		{"nothing grows", func(int, *history.Sample) {}, 0},
		{"memory grows with the tree", func(second int, s *history.Sample) {
			s.TreeRevision = uint64(1000 * second)
			s.Memory += int64(second) * 4 << 20
		}, 0},
		{"memory grows without the tree", func(second int, s *history.Sample) { s.Memory += int64(second) * 3 << 20 }, 1},
		{"memory is high for a while", func(second int, s *history.Sample) {
			if second > 40 && second < 58 {
				s.Memory += 120 << 20
			}
		}, 0},
		{"files grow", func(second int, s *history.Sample) { s.Files += 2 * second }, 1},
		{"threads grow", func(second int, s *history.Sample) { s.Threads += second }, 1},
		{"files grow while it warms up", func(second int, s *history.Sample) { s.Files += min(200, 20*second) }, 0},
		{"files grow from life to life", func(second int, s *history.Sample) { s.Start, s.Files = 1+second/20, s.Files+2*second }, 0},
		{"too many files once", func(second int, s *history.Sample) {
			if second == 30 {
				s.Files = 1000
			}
		}, 1},
		{"nothing is known", func(_ int, s *history.Sample) { s.Usage = history.Usage{} }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var looks []history.Event
			for second := range 60 {
				looks = append(looks, look("a", second, func(s *history.Sample) { test.grow(second, s) }))
			}
			expect(t, checker.Resources(looks), "resources", test.want)
		})
	}
}
