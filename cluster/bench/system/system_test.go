package system_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/gstate/cluster/bench/system"
)

// addresses returns some at which nobody listens at the moment.
func addresses(t *testing.T) (free []string) {
	for range 3 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		free = append(free, listener.Addr().String())
	}
	return free
}

// open opens three members, as at the same time as they have to be.
func open(t *testing.T, open system.Open) (members [3]system.Member) {
	peers, clients, dir := addresses(t), addresses(t), t.TempDir()
	var opening sync.WaitGroup
	errs := make([]error, 3)
	for i := range members {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o700); err != nil {
			t.Fatal(err)
		}
		opening.Go(func() {
			members[i], errs[i] = open(system.Node{Number: i, Addresses: peers, Clients: clients, Dir: filepath.Join(dir, fmt.Sprint(i))})
		})
	}
	opening.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
		t.Cleanup(func() {
			if err := members[i].Close(); err != nil {
				t.Errorf("closing member %d: %v", i, err)
			}
		})
	}
	return members
}

// write makes a write on the first member that makes it, and returns which one.
func write(ctx context.Context, t *testing.T, members [3]system.Member, key, value string) system.Member {
	for ctx.Err() == nil {
		for _, m := range members {
			if m.Write(ctx, key, value) == nil {
				return m
			}
		}
	}
	t.Fatal("no member makes a write")
	return nil
}

func TestEverySystemDoesWhatIsMeasured(t *testing.T) {
	for name, opener := range system.All() {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			members := open(t, opener)
			writer := write(ctx, t, members, "key", "one")
			if value, err := writer.Read(ctx, "key"); err != nil || value != "one" {
				t.Fatalf("read %q, %v", value, err)
			}
			if value, err := writer.Local(ctx, "key"); err != nil || value != "one" {
				t.Fatalf("the member that has written has %q, %v", value, err)
			}
			other := members[0]
			if other == writer {
				other = members[1]
			}
			ready, told := make(chan struct{}), make(chan string, 10)
			watching, stop := context.WithCancel(ctx)
			ended := make(chan error, 1)
			go func() {
				ended <- other.Watch(watching, "key", func() { close(ready) }, func(value string) { told <- value })
			}()
			<-ready
			if err := writer.Write(ctx, "key", "two"); err != nil {
				t.Fatal(err)
			}
			for value := ""; value != "two"; {
				select {
				case value = <-told:
				case <-ctx.Done():
					t.Fatal("the watch is not told of a write")
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Errorf("the watch has ended with %v", err)
			}
			leaders := 0
			for _, m := range members {
				if m.Leads() {
					leaders++
				}
			}
			if leaders != 1 {
				t.Errorf("%d members lead", leaders)
			}
		})
	}
}
