package network

import (
	"errors"
	"os"
	"runtime"
	"testing"
)

// TestEnterReturnsWithTheThreadWhereItWas: the launcher of the nodes enters
// one place after another.
func TestEnterReturnsWithTheThreadWhereItWas(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var problem error
		where := func() string {
			name, err := os.Readlink(threadNamespace)
			problem = errors.Join(problem, err)
			return name
		}
		home := where()
		for _, id := range []string{"a", "b"} {
			inside := ""
			err := n.Enter(id, func() error { inside = where(); return nil })
			if _, apart := n.(*namespaces); (inside != home) != apart {
				t.Errorf("the place of node %s is %s, and the harness is in %s", id, inside, home)
			}
			if now := where(); err != nil || problem != nil || now != home {
				t.Errorf("after node %s the thread is in %s, want %s; %v, %v", id, now, home, err, problem)
			}
		}
	})
}

func TestEnterReturnsTheErrorOfTheStart(t *testing.T) {
	eachWay(t, func(t *testing.T, n Network) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := n.Enter("a", func() error { return os.ErrNotExist }); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want %v", err, os.ErrNotExist)
		}
	})
}
