// Package scratch makes folders that do not outlive the program that made them.
//
// # Guarantees
//
//   - A folder is gone when [Folder.Remove] has returned nil.
//
//     Held by TestRemovedFoldersAreGone.
//
//   - It is gone soon after the program has ended in any other way, also by
//     SIGKILL.
//
//     Held by TestAFolderIsRemovedWhenItsProgramIsKilled.
//
//   - A folder that was kept stays.
//
//     Held by TestKeptFoldersStay.
//
// # Concepts
//
// Beside each folder a small shell waits for the end of a pipe whose other end
// only the program has. The kernel closes that however the program ends, and
// the shell removes what is there.
//
// # Example
//
//	folder, err := scratch.Make("", "run-")
//	if err != nil {
//		return err
//	}
//	defer folder.Remove()
//	write(folder.Path())
//
// # Limits
//
// Where there is no sh, as on Windows, a program that is killed leaves its
// folders behind. A machine that loses power does so everywhere.
//
// # Concurrency
//
// The methods of one Folder must not be called at the same time.
//
// # Pitfalls
//
// What still writes into the folder when the program is dead, such as children
// that live on, can make files again that were just removed: the shell tries for
// half a minute.
package scratch
