package checker

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// Judging takes a time that grows little faster than the history. These are the obvious
// forms of what compares many calls with many others.

func obviousBounds(counter itemCalls, dumps []history.Dump) (findings []Finding) {
	additions, reads := split(counter, dumps)
	for _, read := range reads {
		least, most := int64(0), int64(0)
		for _, call := range additions {
			if call.Kind == history.OK && call.Before(read) {
				least++
			}
			if call.Kind != history.Fail && !read.Before(call) {
				most++
			}
		}
		if read.Value < least || read.Value > most {
			findings = append(findings, Finding{Rule: "counters", Text: fmt.Sprintf(
				"counter %s shows %d, want %d to %d", counter.item, read.Value, least, most), Calls: []history.Call{read}})
		}
	}
	return findings
}

func obviousLocks(events []history.Event, calls []history.Call) (findings []Finding) {
	for _, item := range byItem(calls) {
		l := lock{item: item.item, paces: pacesOf(events), under: map[uint64][]history.Call{}}
		for _, call := range calls {
			switch {
			case call.Item == item.item && call.Function == history.Insert && call.Ends() && call.Kind == history.OK:
				l.grants = append(l.grants, call)
			case call.Held == item.item:
				l.under[call.Token] = append(l.under[call.Token], call)
			}
		}
		slices.SortStableFunc(l.grants, func(a, b history.Call) int { return cmp.Compare(a.Revision, b.Revision) })
		for i := range l.grants {
			l.soonest = append(l.soonest, slices.MinFunc(l.grants[i:], func(a, b history.Call) int { return cmp.Compare(a.Returned, b.Returned) }))
		}
		findings = append(findings, l.judge()...)
	}
	return findings
}

func obviousSilence(answers []time.Duration, from, to time.Duration) (longest time.Duration) {
	last := from
	for _, answer := range append(slices.Clone(answers), to) {
		if answer >= from && answer <= to {
			longest = max(longest, answer-last)
			last = answer
		}
	}
	return longest
}

func obviousWithout(signs []time.Duration, from, to time.Duration) (sum time.Duration) {
	last := from
	for _, sign := range append(slices.Clone(signs), to) {
		if sign >= from && sign <= to {
			if sign-last > quick {
				sum += sign - last + quick
			}
			last = sign
		}
	}
	return sum
}

// past makes histories of a few clients at random. One call in wrong says what is
// untrue.
type past struct {
	*rand.Rand
	wrong int
	calls []history.Call
	open  []int
	index int
}

// errs is true now and then.
func (p *past) errs() bool { return p.IntN(p.wrong) == 0 }

// begin adds a call that has not ended.
func (p *past) begin(request history.Request) {
	request.Number = int64(len(p.calls) + 1)
	p.open = append(p.open, len(p.calls))
	p.calls = append(p.calls, history.Call{
		Request: request, Kind: history.Info, Invoked: p.tick(), Returned: history.Never, Sent: p.now(), Answered: history.Never,
	})
}

func (p *past) tick() int {
	p.index++
	return p.index
}

func (p *past) now() time.Duration { return time.Duration(p.index) * time.Millisecond }

// busy reports whether one of the calls is to end before another begins.
func (p *past) busy() bool { return len(p.open) > p.IntN(8) }

// end takes a call that is to end. Some never do.
func (p *past) end() (call *history.Call, answered bool) {
	place := p.IntN(len(p.open))
	call = &p.calls[p.open[place]]
	p.open = slices.Delete(p.open, place, place+1)
	if p.IntN(50) == 0 {
		return call, false
	}
	call.Kind, call.Returned, call.Answered = history.OK, p.tick(), p.now()
	return call, true
}

// counts are additions to three counters, reads of them, and questions for outcomes.
func (p *past) counts(n int) []history.Call {
	sums := map[string]int64{}
	for len(p.calls) < n {
		if !p.busy() {
			p.begin(p.count())
			continue
		}
		call, answered := p.end()
		switch {
		case call.Function == history.Transact && !answered:
			sums[call.Item] += p.Int64N(2)
		case call.Function == history.Transact && p.IntN(20) == 0:
			call.Kind, call.Code = history.Fail, "busy"
		case call.Function == history.Transact:
			sums[call.Item]++
			call.Results = []json.RawMessage{json.RawMessage(strconv.FormatInt(sums[call.Item], 10))}
		case call.Function == history.Get:
			call.Value = sums[call.Item]
			if p.errs() {
				call.Value += p.Int64N(9) - 4
			}
		case call.Function == history.Outcome && p.IntN(2) == 0:
			call.Kind, call.Code = history.Fail, history.GivenUp
		}
	}
	return p.calls
}

func (p *past) count() history.Request {
	request := history.Request{Item: fmt.Sprint("c", p.IntN(3)), Function: history.Transact}
	switch draw := p.IntN(100); {
	case draw < 20:
		request.Function = history.Get
	case draw < 22 && len(p.calls) > 0:
		asked := p.calls[p.IntN(len(p.calls))]
		if asked.Kind == history.Info && asked.Function == history.Transact {
			request.Function, request.Item, request.Of = history.Outcome, asked.Item, asked.Number
		}
	}
	return request
}

// holdings are grants of three locks, and writes under them.
func (p *past) holdings(n int) []history.Call {
	tokens, revision := map[string][]uint64{}, uint64(0)
	for len(p.calls) < n {
		if !p.busy() {
			p.begin(p.hold(tokens))
			continue
		}
		call, answered := p.end()
		if !answered {
			continue
		}
		if revision++; p.errs() {
			revision -= min(revision, 3)
		}
		call.Revision = revision
		switch {
		case call.Function == history.Insert && (p.errs() || p.IntN(20) == 0):
			tokens[call.Item] = append(tokens[call.Item], revision)
		case call.Function == history.Insert:
			call.Kind, call.Code = history.Fail, history.Exists
		case call.Function == history.Put && p.IntN(3) == 0:
			call.Kind, call.Code = history.Fail, history.Conflict
		}
	}
	return p.calls
}

func (p *past) hold(tokens map[string][]uint64) history.Request {
	request := history.Request{Item: fmt.Sprint("l", p.IntN(3))}
	held := tokens[request.Item]
	draw := p.IntN(100)
	if len(held) == 0 || draw < 35 {
		request.Function, request.TTL = history.Insert, 40*time.Millisecond
		return request
	}
	request.Held, request.Token = request.Item, held[len(held)-1-p.IntN(min(4, len(held)))]
	switch {
	case draw < 80:
		request.Function, request.Item = history.Put, fmt.Sprintf("%s-guarded%d", request.Item, len(p.calls)/200)
	case draw < 90:
		request.Function, request.TTL = history.Update, 40*time.Millisecond
	default:
		request.Function = history.Remove
	}
	return request
}

func newPast(seed uint64, wrong int) *past {
	return &past{Rand: rand.New(rand.NewPCG(seed, 1)), wrong: wrong}
}

func TestBoundsOfCountersAreTheObviousOnes(t *testing.T) {
	found := 0
	for seed := range uint64(200) {
		calls := newPast(seed, 1+int(seed%20)).counts(int(seed))
		dumps := []history.Dump{{Node: "a", Items: map[string]int64{"c0": int64(seed) / 4, "c1": int64(seed) / 3}}}
		for _, counter := range byItem(calls) {
			got, want := bounds(counter, dumps), obviousBounds(counter, dumps)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: got %v, want %v", seed, got, want)
			}
			found += len(want)
		}
	}
	if found < 100 {
		t.Errorf("%d findings: these histories prove little", found)
	}
}

func TestLocksAreJudgedInTheObviousWay(t *testing.T) {
	found := map[string]int{}
	for seed := range uint64(200) {
		calls := newPast(seed, 1+int(seed%20)).holdings(int(2 * seed))
		got, want := Locks(nil, calls), obviousLocks(nil, calls)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
		for _, finding := range want {
			found[finding.Text[len("l0: "):]]++
		}
	}
	if len(found) < 4 {
		t.Errorf("findings %v: these histories prove little", found)
	}
}

func TestTimesWithoutALeaderAreTheObviousOnes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	moment := func() time.Duration { return time.Duration(random.IntN(100)) * quick / 4 }
	for range 2000 {
		var moments []time.Duration
		for range random.IntN(20) {
			moments = append(moments, moment())
		}
		slices.Sort(moments)
		from, to := moment(), moment()
		r := reign{signs: moments, answers: map[string][]time.Duration{"a": moments}}
		if got, want := r.silence("a", from, to), obviousSilence(moments, from, to); got != want {
			t.Fatalf("silence of %v from %v to %v: got %v, want %v", moments, from, to, got, want)
		}
		if got, want := r.without(from, to), obviousWithout(moments, from, to); got != want {
			t.Fatalf("without %v from %v to %v: got %v, want %v", moments, from, to, got, want)
		}
	}
}

// long is a history of hours.
const long = 200_000

func BenchmarkCountersOfALongHistory(b *testing.B) {
	calls := newPast(1, long).counts(long)
	for b.Loop() {
		Counters(calls, nil)
	}
}

func BenchmarkLocksOfALongHistory(b *testing.B) {
	calls := newPast(1, long).holdings(long)
	for b.Loop() {
		Locks(nil, calls)
	}
}
