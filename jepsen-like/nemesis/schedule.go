package nemesis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Leader begins the detail of the event of a fault that hit the leader.
const Leader = "leader"

// HitLeader reports whether a fault with this detail hit the leader.
func HitLeader(detail string) bool { return strings.HasPrefix(detail, Leader) }

// EndSuffix is what the function of a fault's end has behind the fault's name.
const EndSuffix = "-end"

// HealName is the function of the event that all faults are healed.
const HealName = "heal"

// aimed is how many faults there are to one that is aimed at the leader. With
// three nodes, half of all faults hit it then.
const aimed = 4

// Schedule makes one fault of each kind each period. All fields must be set.
type Schedule struct {
	// Faults are drawn with equal chance among those of their kind; Nodes are
	// what they hit.
	Faults []Nemesis
	Nodes  []string
	// Period is the time from the start of one fault to that of the next. If the
	// first one lasts longer, the next one begins at the next full period.
	Period time.Duration
	// Random returns the source that decides everything that is drawn for a
	// kind: how long the faults of one take does not change those of another.
	Random func(Kind) *rand.Rand
	// FindLeader returns the id of the leader, or nothing if it finds none. It
	// may wait, for a small part of Period.
	FindLeader func(ctx context.Context) string
	// Record writes a fault's start or end to the history.
	Record func(function history.Function, node, detail string)
}

// lane makes the faults of one kind, one after the other.
type lane struct {
	Schedule
	random *rand.Rand
}

// plan is one fault as the seed has drawn it.
type plan struct {
	nemesis Nemesis
	// atLeader aims the fault at the leader; the target's node is hit if there
	// is none, or if the fault is not aimed.
	atLeader bool
	target   Target
	hold     time.Duration
}

// draw always takes the same number of values from the random source, so that
// the plans of a seed do not depend on who leads, nor on what a fault draws.
func (l lane) draw() plan {
	fault := l.Faults[l.random.IntN(len(l.Faults))]
	least, most := fault.Lasts(l.Period)
	return plan{
		nemesis:  fault,
		atLeader: l.random.IntN(aimed) == 0,
		target: Target{
			Node:   l.Nodes[l.random.IntN(len(l.Nodes))],
			Random: rand.New(rand.NewPCG(l.random.Uint64(), 0)),
		},
		hold: least + time.Duration(l.random.Float64()*float64(most-least)),
	}
}

// Run makes faults until ctx ends, and then heals them. It returns the errors
// of faults that could not be made or undone, not that of ctx.
func (s Schedule) Run(ctx context.Context) error {
	lanes := s.lanes()
	problems := make([]error, len(lanes))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for i, l := range lanes {
		running.Go(func() {
			if problems[i] = l.run(ctx); problems[i] != nil {
				cancel()
			}
		})
	}
	running.Wait()
	return errors.Join(append(problems, s.heal())...)
}

// lanes splits the schedule by the kinds of its faults.
func (s Schedule) lanes() []lane {
	var lanes []lane
	for _, kind := range []Kind{Node, Network, Clock} {
		l := lane{Schedule: s}
		l.Faults = nil
		for _, fault := range s.Faults {
			if fault.Kind() == kind {
				l.Faults = append(l.Faults, fault)
			}
		}
		if len(l.Faults) > 0 {
			l.random = s.Random(kind)
			lanes = append(lanes, l)
		}
	}
	return lanes
}

func (l lane) run(ctx context.Context) error {
	ticks := time.NewTicker(l.Period)
	defer ticks.Stop()
	var problem error
	for problem == nil && wait(ctx, ticks.C) {
		problem = l.hit(ctx, l.draw())
		skip(ticks.C)
	}
	return problem
}

// skip forgets the tick that has come during a fault that lasted longer than a
// period: there is a time without a fault of the kind before the next one.
func skip(ticks <-chan time.Time) {
	select {
	case <-ticks:
	default:
	}
}

// hit makes one fault and undoes it after its time, or when ctx ends.
func (l lane) hit(ctx context.Context, p plan) error {
	leader := l.FindLeader(ctx)
	if p.atLeader && leader != "" {
		p.target.Node = leader
	}
	p.target.Leads = p.target.Node == leader
	detail, err := p.nemesis.Start(p.target)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", p.nemesis.Name(), p.target.Node, err)
	}
	l.Record(history.Function(p.nemesis.Name()), p.target.Node, p.target.describe(detail))
	hold := time.NewTimer(p.hold)
	defer hold.Stop()
	wait(ctx, hold.C)
	effect, err := p.nemesis.Stop(p.target)
	l.Record(history.Function(p.nemesis.Name()+EndSuffix), p.target.Node, effect)
	if err != nil {
		return fmt.Errorf("end of %s of %s: %w", p.nemesis.Name(), p.target.Node, err)
	}
	return nil
}

// describe says before the detail that the node led.
func (t Target) describe(detail string) string {
	if !t.Leads {
		return detail
	}
	return strings.TrimSpace(Leader + " " + detail)
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
	s.Record(HealName, "", "")
	return errors.Join(problems...)
}
