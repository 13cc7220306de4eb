package harness

import (
	"errors"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/fake"
	"example.com/gstate/jepsen-like/nemesis"
)

func TestAFaultThatFillsTheRunIsMadeOnlyIfItIsNamed(t *testing.T) {
	for _, test := range []struct {
		name    string
		run     time.Duration
		nemeses []string
		want    error
	}{
		{"a short run", 11 * time.Second, []string{nemesis.Every}, ErrTooLong},
		{"a long run", 12 * time.Second, []string{nemesis.Every}, nil},
		{"a short run that names it", time.Second, []string{nemesis.Every, nemesis.LongPauseName}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Config{Time: test.run, Period: time.Second, Nemeses: test.nemeses}
			cluster := fake.New([]string{"a"}, fake.None)
			pause := []nemesis.Nemesis{nemesis.NewLongPause(cluster)}
			if err := c.fit(pause)[0].Available(); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	cannot := []nemesis.Nemesis{nemesis.NewLongPause(rigid{fake.New([]string{"a"}, fake.None)})}
	if err := (Config{}).fit(cannot)[0].Available(); !errors.Is(err, errRigid) {
		t.Errorf("got %v, want the fault's own reason", err)
	}
}
