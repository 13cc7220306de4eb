// Package skew shifts the clocks of another process while that runs, through a
// file that both have in their memory; or those of goroutines of the own one. The
// process is built with overlay.Clocks, or with overlay.LocalClocks.
//
// # Guarantees
//
//   - The process sees a change at its next look at a clock; whoever looks during
//     the change sees all of it or nothing.
//
//     Held by TestALookSeesAWholeChange,
//     jepsen-like/overlay.TestAProcessGoesByItsClock.
//
//   - The monotonic clock never goes back.
//
//     Held by TestTheMonotonicClockNeverGoesBack.
//
//   - What comes of a skew can be seen: Looks counts the looks at a shifted clock.
//
//     Held by TestOnlyLooksAtAShiftedClockAreCounted.
//
//   - A local clock is that of the goroutines which have entered it, of those that
//     they have started, and of no others.
//
//     Held by jepsen-like/overlay.TestGoroutinesGoByClocksOfTheirOwn. Without the
//     overlay there is none: TestABinaryWithoutTheOverlayHasNoLocalClocks.
//
// # Concepts
//
// A [Clock] belongs to a node, not to one of its processes: a process that is
// started later sees it as the former one did. What it gained on the monotonic
// clock stays when the skew is taken away, as no system takes that back; the wall
// clock is right again at once.
//
// # Example
//
//	clock, err := skew.Create(path)
//	command.Env = []string{skew.Variable + "=" + path}
//	...
//	err = clock.Set(skew.Skew{Wall: time.Hour})
//
// and within one process
//
//	clock, err := skew.Local()
//	leave := clock.Enter()
//	node, err := cluster.Open(ctx, config)
//	leave()
//	err = clock.Set(skew.Skew{Wall: time.Hour})
//
// # Limits
//
// Clocks in files are for Linux only: elsewhere the functions return ErrUnsupported.
// Timers that run are left as they were set, and so are time.Sleep and the deadlines
// of connections, whose length is always real.
//
// # Pitfalls
//
// In a testing/synctest bubble a local clock is made, set and looked at in this bubble:
// outside of it the system's clock is another one.
//
// # Concurrency
//
// Set is called by one goroutine at a time, in one process. What Enter returns is called
// by the goroutine that has called Enter. All else may be called at any time.
package skew
