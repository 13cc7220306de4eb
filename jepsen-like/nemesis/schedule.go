package nemesis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Leader is the detail of the event of a fault that hit the leader.
const Leader = "leader"

// aimed is how many faults there are to one that is aimed at the leader. With
// three nodes, half of all faults hit it then.
const aimed = 4

// A fault lasts from a quarter to three quarters of its period: long enough for
// an election without the node, and short enough that the cluster is whole for
// a part of each period.
const (
	leastHold = 4
	rangeHold = 2
)

// Schedule makes one fault each period. All fields must be set.
type Schedule struct {
	// Faults are drawn with equal chance; Nodes are what they hit.
	Faults []Nemesis
	Nodes  []string
	// Period is the time from the start of one fault to that of the next.
	Period time.Duration
	// Random decides everything that is drawn. It is the schedule's own.
	Random *rand.Rand
	// FindLeader returns the id of the leader, or nothing if it finds none. It
	// may wait, for a small part of Period.
	FindLeader func(ctx context.Context) string
	// Record writes a fault's start or end to the history.
	Record func(function history.Function, node, detail string)
}

// plan is one fault as the seed has drawn it.
type plan struct {
	nemesis Nemesis
	// atLeader aims the fault at the leader; node is hit if there is none, or
	// if the fault is not aimed.
	atLeader bool
	node     string
	hold     time.Duration
}

// draw always takes the same number of values from the random source, so that
// the plans of a seed do not depend on who leads.
func (s Schedule) draw() plan {
	least := s.Period / leastHold
	return plan{
		nemesis:  s.Faults[s.Random.IntN(len(s.Faults))],
		atLeader: s.Random.IntN(aimed) == 0,
		node:     s.Nodes[s.Random.IntN(len(s.Nodes))],
		hold:     least + time.Duration(s.Random.Int64N(int64(s.Period/rangeHold))),
	}
}

// Run makes faults until ctx ends, and then heals them. It returns the errors
// of faults that could not be made or undone, not that of ctx.
func (s Schedule) Run(ctx context.Context) error {
	ticks := time.NewTicker(s.Period)
	defer ticks.Stop()
	var problem error
	for problem == nil && wait(ctx, ticks.C) {
		problem = s.hit(ctx, s.draw())
	}
	return errors.Join(problem, s.heal())
}

// hit makes one fault and undoes it after its time, or when ctx ends.
func (s Schedule) hit(ctx context.Context, p plan) error {
	leader := s.FindLeader(ctx)
	if p.atLeader && leader != "" {
		p.node = leader
	}
	detail := ""
	if p.node == leader {
		detail = Leader
	}
	if err := p.nemesis.Start(p.node); err != nil {
		return fmt.Errorf("%s: %w", p.nemesis.Name(), err)
	}
	s.Record(history.Function(p.nemesis.Name()), p.node, detail)
	hold := time.NewTimer(p.hold)
	defer hold.Stop()
	wait(ctx, hold.C)
	s.Record(history.Function(p.nemesis.Name()+"-end"), p.node, "")
	if err := p.nemesis.Stop(p.node); err != nil {
		return fmt.Errorf("end of %s: %w", p.nemesis.Name(), err)
	}
	return nil
}

// wait returns true when the time has come, and false when ctx ends before.
func wait(ctx context.Context, until <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-until:
		return ctx.Err() == nil
	}
}

func (s Schedule) heal() error {
	var problems []error
	for _, fault := range s.Faults {
		if err := fault.Heal(); err != nil {
			problems = append(problems, fmt.Errorf("heal of %s: %w", fault.Name(), err))
		}
	}
	s.Record("heal", "", "")
	return errors.Join(problems...)
}
