package main

import (
	"testing"
)

// TestCommandOfAKilledHolderEndsWithIt kills lock without giving it a chance to
// do anything; the next one has the lock when its lease has ended.
func TestCommandOfAKilledHolderEndsWithIt(t *testing.T) {
	node, pipe := openLockNode(t), makePipe(t)
	holding := startProgram(t, "lock", lockText, "--ttl", "1s", "--addr", node.url, "--",
		"sh", "-c", "exec 3>'"+pipe+"'; echo running >&3; while :; do read x; done")
	lives := openPipe(t, pipe)
	awaitLine(t, lives)
	holding.command.Process.Kill()
	awaitEnd(t, lives)
	holding.wait()
	lock(t.Context(), node.url, "--", "echo", "mine").check(t, exitOK, "mine\n", "")
	node.checkFree(t)
}
