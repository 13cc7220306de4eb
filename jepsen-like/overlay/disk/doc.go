// Package disk models the disk beneath a folder: what power cuts take, how long a
// sync takes, and how disks fail. The programs in the process use package os and
// bbolt as ever, and know nothing of it. It works in binaries that are built with
// [example.com/gstate/jepsen-like/overlay.Disks]; see there for how.
//
// # Guarantees
//
//   - What was synced outlives a power cut. Of what was not, each sector of 512
//     bytes, the size of a file and the newest names are there or not: the seed
//     decides.
//
//     Held by TestSyncedContentIsKeptAndTheRestIsDrawnBySector,
//     TestATruncatedFileComesBack, TestNamesAreLostFromTheEnd,
//     TestSyncingTheFolderKeepsANewName.
//
//   - A process that a power cut has ended changes nothing any more, whatever it
//     still does.
//
//     Held by TestAPowerCutEndsWhatIsOpenForEver, TestAStallEndsWithAPowerCut.
//
//   - What a failed sync had to write is not written by a later one that succeeds.
//
//     Held by TestWhatASyncFailedToWriteIsLostToLaterOnes.
//
//   - A bbolt store loses nothing that it has acknowledged, and one that leaves out
//     the sync does.
//
//     Held by jepsen-like/overlay.TestAStoreOutlivesPowerCuts.
//
//   - A full disk takes a part of a write, which ends with a sector. A disk that
//     stalls, or is slow, does so in virtual time.
//
//     Held by TestAFullDiskTakesAPartOfWholeSectors, TestASyncTakesItsLatency,
//     TestAStallEndsWithAPowerCut, TestWhatADiskHindersIsCounted.
//
// # Concepts
//
// Everything is written to the real files at once, so that whoever reads them or has
// them mapped sees it, as from the cache of a system. Beside that the model keeps
// what a sync has not reached yet: the former content of each changed sector, and
// how to undo each change of names. A sync forgets that; a power cut uses it.
//
// Names are a journal, as in ext4 and xfs: they are synced in their order, by a sync
// of their folder, of a new file itself, or of any name that came later. So what a
// power cut leaves is what was there at some moment since the last sync.
//
// # Example
//
//	d, err := disk.Open(folder, seed)
//	d.Latency(time.Millisecond, 20*time.Millisecond)
//	node := open(folder)
//	...
//	d.Cut()               // all that the node does now fails
//	node.Close()
//	lost, err := d.Restore()
//	node = open(folder)   // on what was synced
//
// The other faults are Fail (EIO or ENOSPC, some times or Always), Delay, Stall, and
// Heal that ends them. Hindered tells what has come of them.
//
// # Limits
//
// Reads do not fail, and take no time. Nothing is modelled of links, of modes and of
// files that are written through a mapping. The folder is a real one: a file system
// in memory makes it fast. Syncs of the real disk are left out.
//
// Rewriting a file by os.O_TRUNC counts as a change of its size, and not of its name.
//
// # Pitfalls
//
// End whoever has files open between Cut and Restore: a mapped file whose content
// changes crashes its readers.
//
// Stall and Latency belong into the bubble of those that wait: a channel of another
// one cannot be waited for.
//
// The folder must not be the current one of the process, and its name with ".aside"
// must be free.
//
// # Concurrency
//
// All methods may be called by several goroutines. A run repeats when they do so in
// a bubble that is seeded.
package disk
