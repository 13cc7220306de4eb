package nemesis_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// unruly is a fault that does not stop, and that cannot be made the third time.
type unruly struct {
	lasting
	made *int
}

func (u unruly) Start(target nemesis.Target) (string, error) {
	if *u.made++; *u.made == 3 {
		return "", errBroken
	}
	return u.lasting.Start(target)
}

func TestAllIsWholeWhenAFaultCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, made := newMachines(), 0
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := schedule(t, m, 1, ignore, "kill")
		s.Faults = []nemesis.Nemesis{unruly{lasting{nemesis.NewKill(m)}, &made}}
		if err := s.Run(ctx); !errors.Is(err, errBroken) || len(m.log) == 0 || m.hurt() > 0 {
			t.Errorf("%d nodes are hurt, error %v: %v", m.hurt(), err, m.log)
		}
	})
}
