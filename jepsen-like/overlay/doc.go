// Package overlay changes sources that are not ours, such as those of the Go
// runtime, for the time of one go build: it makes the files for the flag
// -overlay. Nothing that is installed changes, and production code needs no
// switch.
//
// # Guarantees
//
//   - A change is made where its text stands, or not at all: with another version
//     of Go or of a module that has another text there, [Make] returns an error
//     with the file and the text.
//
//     Held by TestAnAnchorThatDoesNotFitIsNamed.
//
//   - With [Seeded] a testing/synctest bubble repeats itself from its seed to the
//     byte, on whatever is drawn and in whatever order goroutines run, wherever
//     things lie in memory, and whenever garbage is collected.
//
//     Held by TestABubbleRepeatsFromItsSeed.
//
//   - With [Disks] package disk decides over all that package os and bbolt do to
//     files beneath its folders.
//
//     Held by TestAStoreOutlivesPowerCuts.
//
//   - With [Clocks] a node's process goes by the clock that package skew gives it,
//     and may change while it runs; without one, by that of the system.
//
//     Held by TestAProcessGoesByItsClock, TestTimersGoByTheRate,
//     TestAProcessWithoutAClockGoesByTheSystem.
//
//   - With [LocalClocks] so does a goroutine, with all that it starts, and not the
//     others of its process.
//
//     Held by TestGoroutinesGoByClocksOfTheirOwn.
//
// # Concepts
//
// A set is a number of changes that belong together: edits, each of an anchor that
// stands in its file once, and whole files, which are new or come from elsewhere.
// Sets go together, but for Clocks and LocalClocks: a later one finds the text that an
// earlier one has made.
//
// Code that works with a set, and without, stands in a package whose one file the
// set replaces: [example.com/gstate/jepsen-like/overlay/seeded] says that it is not
// built with the overlay until it is. So no build tags are needed, and vet and
// staticcheck see all that is compiled without.
//
// # Example
//
//	path, err := overlay.Make(ctx, dir, overlay.Seeded(), overlay.Disks(), overlay.LocalClocks())
//	...
//	exec.CommandContext(ctx, "go", "test", "-c", "-overlay", path, "./jepsen-like/sim")
//
// # Seeded
//
// In a bubble that has called seeded.Bubble, these follow from the seed: the order
// of maps, what a select takes, the order of timers of one instant, math/rand and
// crypto/rand. The time after which a waiting goroutine is given a mutex is virtual.
// And in the whole process of one P no goroutine is preempted, none that is in a
// system call makes room for another one, and which of those that are ready comes
// next depends on no goroutine of the runtime itself: those come and go by the real
// time. Where things lie varies nevertheless, so that a map whose keys are pointers or
// channels, also in interfaces, is in the order in which they have come.
//
// The process must be started with seeded.Environment. It collects no garbage by
// itself. Collect it at moments at which nothing else runs:
//
//	synctest.Wait()
//	seeded.Collect()
//
// # Disks
//
// What opens, writes, truncates, syncs, renames and removes files in package os asks
// package disk first, and so does fdatasync of package syscall, by which bbolt syncs.
// In bubbles a goroutine that waits for a mutex counts as blocked: else no virtual
// time would pass while the one that holds it waits for a slow disk.
//
// # Clocks
//
// What package time tells in cmd/node, time.Now as well as time.Since and time.Until,
// is ahead or behind by what package skew says, and timers and tickers take as long
// as the rate makes them when they are set. The file of the clock is named by the
// environment variable skew.Variable.
//
// # Local clocks
//
// The same is so for each goroutine by itself: one that has entered a clock of package
// skew goes by it, and so do the goroutines that it starts, and the functions of its
// timers. A node that is started within a clock is in it as a whole. What the nodes
// have in common must not be: time.Sleep, and with it disks, and transport/memnet go by
// the clock of the system.
//
// In a bubble package time knows no monotonic clock, but within a local clock it does:
// else a jump of the wall clock would be one of all clocks.
//
// # Limits
//
// The go command replaces no files of the module cache: sets change the standard
// library and our own packages.
//
// The anchors are those of Go 1.26. A run repeats in the same binary; the race
// detector shuffles goroutines on its own, so that its runs do not.
//
// The time that comes through the channel of a timer or ticker is that of the system
// with local clocks.
//
// What earlier bubbles have left in the variables of packages is there: repeat a
// seed in a process of its own, or with the same seeds before it.
//
// A map whose keys are pointers or channels is searched from its start: it is slow
// when there are many, and there is no room for more than 7,000. One whose keys are
// arrays or structs with pointers has an order that may vary.
//
// What waits in a system call holds up everything else: no goroutine of a seeded
// process may wait for another one through the system, by a pipe or a socket.
//
// # Pitfalls
//
// The first build with a changed runtime or package time compiles all that there is,
// and takes half a minute. It is cached afterwards.
//
// A time that was taken by one local clock is measured wrongly by another one: what
// nodes share must not keep times, or go by skew.SystemNow.
//
// Do not hash what prints pointers together with what other processes print, unless
// they ran the same binary with the same arguments.
//
// # Concurrency
//
// All functions may be called by several goroutines, each with a folder of its own.
package overlay
