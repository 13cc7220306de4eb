// Package disk makes disks that fail: each is an ext4 file system of its own in a
// file, mounted where nobody else sees it. And it makes the flushes of a process
// fail or last.
//
// # Guarantees
//
//   - A disk that was shut down has what was flushed (fsync, fdatasync) before,
//     and nothing that was not: no content, no size and no name.
//
//     Held by TestADiskThatWasShutDownHasWhatWasFlushedAndNothingElse,
//     TestTheContentOfADiskOutlivesManyPowerCuts.
//
//   - A full disk takes nothing until it is freed, and a frozen one lets no write
//     end until it is thawed.
//
//     Held by TestAFullDiskTakesNothingUntilItIsFreed,
//     TestAFrozenDiskHoldsWritesUpUntilItIsThawed.
//
//   - Nothing outlives this process, not even if it is killed with SIGKILL while
//     a disk is frozen: no mount, no loop device, no file, no process that waits
//     for the disk.
//
//     Held by jepsen-like/nodes.TestNothingOutlivesAHarnessThatIsKilled,
//     TestNobodyElseSeesTheDisks.
//
//   - What this machine cannot do is an error that matches ErrUnavailable and
//     says what is missing.
//
//     Held by jepsen-like/nodes.TestPlainFoldersAreNoDisks, and by all the above:
//     where something is missing they want that error.
//
//   - Flushes that are hindered fail or last longer, and are counted; when the
//     hindrance ends, they go well again, and the process goes on.
//
//     Held by TestHinderedFlushesFailOrLastLongerAndAreCounted,
//     TestAHindranceEndsWithItsProcess.
//
// # Concepts
//
// A Room is a mount namespace. Its disks are seen by the functions that are given
// to Do, and by processes that are started from a thread that has called Enter.
// The kernel unmounts them with the last of all these; a loop device goes with its
// mount; and the file behind it has no name since before it was used.
//
// A power cut is ShutDown, the end of all processes that use the disk, and
// Replug. The file system forgets at once what it has not written: it takes about
// 20 ms.
//
// A frozen disk holds even the end of processes up, so that a killed process would
// hang with it for ever. So a small child process waits for the end of this one,
// or for Thaw, and thaws it.
//
// Hinder is for the flushes of one process, by strace: a disk that fails them is
// not to be had without kernel modules.
//
// # Example
//
//	room, err := disk.NewRoom()
//	defer room.Close()
//	d, err := room.Make(dir)
//	defer d.Close()
//	err = d.ShutDown()
//	// ... end the processes that use it ...
//	err = d.Replug()
//
// # Limits
//
// Disks need Linux, root and mkfs.ext4; freezing needs fsfreeze, and Hinder needs
// strace and the right to trace. What was written to the device and not flushed
// there is not lost: a true disk may lose that as well, or write half a sector.
//
// # Concurrency
//
// The methods of a Room may be called from any goroutine, those of a Disk from one
// at a time. A Room has a goroutine, a Hindrance one; Close and End end them.
//
// # Pitfalls
//
// Nobody may copy the room's mount namespace (unshare, ip netns exec) while a disk
// is mounted: the copy keeps it mounted, and Replug fails with ErrInUse. A process
// that is to be in the room and in another network enters that by setns.
package disk
