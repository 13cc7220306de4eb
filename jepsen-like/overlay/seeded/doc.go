// Package seeded makes a run in a testing/synctest bubble repeatable, in binaries
// that are built with [example.com/gstate/jepsen-like/overlay.Seeded]. That says
// what repeats then, and within which limits.
//
// # Guarantees
//
//   - With the overlay, what a bubble does follows from its seed.
//
//     Held by jepsen-like/overlay.TestABubbleRepeatsFromItsSeed.
//
//   - Collect changes nothing of what a bubble does.
//
//     Held by jepsen-like/overlay.TestABubbleRepeatsFromItsSeed.
//
//   - Without it, or in a process that was started with other settings, Bubble
//     returns an error, and the run goes on as it would without.
//
//     Held by TestABinaryWithoutTheOverlaySaysSo,
//     jepsen-like/overlay.TestASeededBubbleWantsItsEnvironment.
//
// # Example
//
//	synctest.Test(t, func(t *testing.T) {
//		if err := seeded.Bubble(seed); err != nil {
//			t.Log(err) // it may not repeat
//		}
//		go func() {
//			for range ticks { // once a second
//				synctest.Wait()
//				seeded.Collect()
//			}
//		}()
//		...
//	})
//
// # Limits and pitfalls
//
// A bubble is seeded once, first of all. Goroutines of other bubbles run between
// those of this one: let one bubble run at a time.
//
// # Concurrency
//
// Environment may be called by several goroutines. Bubble concerns the bubble of
// the goroutine that calls it.
package seeded
