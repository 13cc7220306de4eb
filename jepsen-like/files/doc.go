// Package files reads and writes whole folders of stopped nodes, for faults that
// damage them and put them back.
//
// # Guarantees
//
//   - A folder that was read can be restored: each file has its content again, in
//     whatever folder beneath.
//
//     Held by TestAFolderIsRestored.
//
// # Concepts
//
// What Write, Restore and Flush have done is on the disk when they return: a folder
// that was put back must outlive a power cut as its original would have.
//
// # Example
//
//	before, err := files.Read(dir)
//	...
//	err = before.Restore(dir)
//
// # Limits
//
// All is held in memory. Folders without files, links and modes are not kept.
//
// # Pitfalls
//
// Restore leaves alone what came since: remove the folder first if that must go.
//
// # Concurrency
//
// There is no state. Nobody else may write to a folder meanwhile.
package files
