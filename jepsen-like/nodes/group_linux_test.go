package nodes_test

import (
	"net"
	"syscall"
	"testing"
)

// TestEachNodeIsInAProcessGroupOfItsOwn: a terminal interrupts the group of the
// harness alone.
func TestEachNodeIsInAProcessGroupOfItsOwn(t *testing.T) {
	_, _, guests := running(t, 2)
	for id, g := range guests {
		pid := peerOf(t, g.connection)
		group, err := syscall.Getpgid(pid)
		must(t, err)
		if group != pid {
			t.Errorf("node %s is process %d of group %d", id, pid, group)
		}
	}
}

// peerOf returns the number of the process at the other end.
func peerOf(t *testing.T, connection net.Conn) int {
	t.Helper()
	raw, err := connection.(*net.UnixConn).SyscallConn()
	must(t, err)
	var peer *syscall.Ucred
	var asked error
	must(t, raw.Control(func(fd uintptr) {
		peer, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}))
	must(t, asked)
	return int(peer.Pid)
}
