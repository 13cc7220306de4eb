package nodes_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"example.com/gstate/jepsen-like/nodes"
)

// The test binary plays a node when it is started as one, and a harness when
// this variable names its folder.
const harnessDir = "NODES_TEST_HARNESS_DIR"

func TestMain(m *testing.M) {
	switch dir := os.Getenv(harnessDir); {
	case len(os.Args) > 1 && os.Args[1] == "run":
		os.Exit(playNode(os.Args[2:]))
	case dir != "":
		os.Exit(playHarness(dir))
	}
	os.Exit(m.Run())
}

// socketName is a socket in the folder of a cluster. The test listens there,
// and each node that starts connects to it. So the test knows without asking
// again and again when a node runs, and when it has ended.
const socketName = "s"

// playNode says its id, answers a ping, and ends when it is told a status.
func playNode(args []string) int {
	after := func(flag string) string { return args[slices.Index(args, flag)+1] }
	connection, err := net.Dial("unix", filepath.Join(filepath.Dir(after("--data")), socketName))
	if err != nil {
		fmt.Println(err)
		return 4
	}
	fmt.Println("node", after("--id"), "is up")
	fmt.Fprintln(connection, after("--id"))
	for orders := bufio.NewScanner(connection); orders.Scan(); {
		if orders.Text() == "crash" {
			return 3
		}
		fmt.Fprintln(connection, "pong")
	}
	return 0
}

// playHarness starts a node and waits until it is killed.
func playHarness(dir string) int {
	cluster, err := start(dir, 1)
	fmt.Println(cluster.IDs(), err)
	select {}
}

// start makes a cluster of this binary and starts all its nodes.
func start(dir string, count int) (*nodes.Cluster, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cluster, err := nodes.New(nodes.Config{Binary: binary, Dir: dir, Count: count})
	if err != nil {
		return nil, err
	}
	for _, id := range cluster.IDs() {
		err = errors.Join(err, cluster.Start(id))
	}
	return cluster, err
}

// house is a folder with a socket to which nodes connect.
type house struct {
	dir      string
	listener net.Listener
}

func newHouse(t *testing.T) *house {
	t.Helper()
	// The path of a socket is at most 108 bytes long: too short for t.TempDir.
	dir, err := os.MkdirTemp("", "nodes")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(listener.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return &house{dir, listener}
}

// guest is a node that has connected.
type guest struct {
	t          *testing.T
	id         string
	connection net.Conn
	lines      *bufio.Scanner
}

// next waits for the next node to connect.
func (h *house) next(t *testing.T) *guest {
	t.Helper()
	connection, err := h.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	g := &guest{t: t, connection: connection, lines: bufio.NewScanner(connection)}
	if g.lines.Scan() {
		g.id = g.lines.Text()
	}
	return g
}

// send gives the node an order.
func (g *guest) send(order string) {
	g.t.Helper()
	if _, err := fmt.Fprintln(g.connection, order); err != nil {
		g.t.Fatal(err)
	}
}

// awaitPong fails the test when the node ends before it answers.
func (g *guest) awaitPong() {
	g.t.Helper()
	if !g.lines.Scan() || g.lines.Text() != "pong" {
		g.t.Fatalf("node %s does not answer: %q, %v", g.id, g.lines.Text(), g.lines.Err())
	}
}

// awaitEnd waits until the node's process has ended.
func (g *guest) awaitEnd() {
	for g.lines.Scan() {
	}
}

// harness runs this test binary as a harness on the house's folder.
func (h *house) harness(t *testing.T) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(binary)
	command.Env = append(os.Environ(), harnessDir+"="+h.dir)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command
}
