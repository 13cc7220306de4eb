package nodes_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/network"
	"example.com/gstate/jepsen-like/nodes"
	"example.com/gstate/jepsen-like/overlay/skew"
)

// The test binary plays a node when it is started as one, and a harness when the
// first of these variables names its folder. The second one says how its disks are.
const (
	harnessDir  = "NODES_TEST_HARNESS_DIR"
	harnessDisk = "NODES_TEST_HARNESS_DISK"
)

// disks are those of a harness.
var disks = map[string]nemesis.Disk{
	"sound":   {},
	"hung":    {Hung: true},
	"slow":    {Delay: 100 * time.Millisecond},
	"failing": {FailedFlushes: true},
	"dead":    {Dead: true},
}

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

// playNode says its id, answers a ping, and ends when it is told a status, or
// asked to. It answers over HTTP, too, and refuses a folder that is spoiled.
func playNode(args []string) int {
	after := func(flag string) string { return args[slices.Index(args, flag)+1] }
	listener, err := net.Listen("tcp", after("--http"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if err := openFolder(after("--data")); err != nil {
		fmt.Println(err)
		return 1
	}
	go http.Serve(listener, http.NotFoundHandler())
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() {
		<-end
		os.Exit(0)
	}()
	return converse(after("--id"), after("--data"))
}

// content is what a file in the folder of a node holds.
const content = "content"

// openFolder makes a file in the folder, or sees that it is as it was.
func openFolder(dir string) error {
	path := filepath.Join(dir, "state", "file")
	found, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return write(path, true)
	case err == nil && string(found) != content:
		return fmt.Errorf("%s is spoiled: %q", path, found)
	}
	return err
}

// write writes a file, and flushes it, its folder and that one's if that is
// wanted.
func write(path string, flush bool) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil || !flush {
		return err
	}
	for range 4 {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
		path = filepath.Dir(path)
	}
	return nil
}

// socketAbove returns the socket in the folder of the cluster to which the folder
// of a node belongs.
func socketAbove(dir string) string {
	socket := filepath.Join(dir, socketName)
	if _, err := os.Stat(socket); err != nil && dir != filepath.Dir(dir) {
		return socketAbove(filepath.Dir(dir))
	}
	return socket
}

// converse is the conversation of a node with the test.
func converse(id, dir string) int {
	connection, err := net.Dial("unix", socketAbove(dir))
	if err != nil {
		fmt.Println(err)
		return 4
	}
	fmt.Println("node", id, "is up")
	fmt.Fprintln(connection, id)
	for orders := bufio.NewScanner(connection); orders.Scan(); {
		var err error
		switch orders.Text() {
		case "crash":
			return 3
		case "give up":
			return 1
		case "look":
			err = look()
		case "write":
			err = write(filepath.Join(dir, "written"), false)
		case "flush":
			err = write(filepath.Join(dir, "flushed"), true)
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Fprintln(connection, "pong")
	}
	return 0
}

// look has the node look at its clock once.
func look() error {
	clock, err := skew.Open(os.Getenv(skew.Variable))
	if err != nil {
		return err
	}
	clock.At(0)
	return clock.Close()
}

// playHarness starts a node, makes its disk as it is wanted if it can, says whether
// it has one, and waits until it is killed.
func playHarness(dir string) int {
	cluster, err := start(nodes.Config{Dir: dir, Count: 1, Disks: true})
	if err == nil {
		_, err = cluster.Open("a")
	}
	if wanted := disks[os.Getenv(harnessDisk)]; err == nil && cluster.SupportsDisk(wanted) == nil {
		err = cluster.SetDisk("a", wanted)
	}
	fmt.Println(cluster.NoDisks() == nil, err)
	select {}
}

// start makes a cluster of this binary and starts all its nodes.
func start(config nodes.Config) (*nodes.Cluster, error) {
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	config.Program.Path, config.Network = binary, network.Auto
	cluster, err := nodes.New(config)
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

// do gives the node an order and waits until it has done it.
func (g *guest) do(order string) {
	g.t.Helper()
	g.send(order)
	g.awaitPong()
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

// harness runs this test binary as a harness on the house's folder, and returns
// when its node runs. It tells whether that has a disk of its own.
func (h *house) harness(t *testing.T, disk string) (command *exec.Cmd, hasDisks bool) {
	t.Helper()
	binary, err := os.Executable()
	must(t, err)
	command = exec.Command(binary)
	command.Env = append(os.Environ(), harnessDir+"="+h.dir, harnessDisk+"="+disk)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	var problem string
	if _, err := fmt.Fscanln(output, &hasDisks, &problem); err != nil || problem != "<nil>" {
		t.Fatalf("the harness has the problem %q, error %v", problem, err)
	}
	return command, hasDisks
}
