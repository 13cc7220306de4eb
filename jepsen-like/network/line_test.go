package network

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
)

// noon is when the packets of these tests are sent.
var noon = time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)

func newLine(link nemesis.Link) *line {
	return &line{link: link, random: rand.New(rand.NewPCG(1, 0))}
}

// sendMany sends packets of 1000 bytes, one a millisecond.
func sendMany(l *line, count int) (fates []fate, touched int) {
	for i := range count {
		f, t := l.send(noon.Add(time.Duration(i)*time.Millisecond), 1000)
		if fates = append(fates, f); t {
			touched++
		}
	}
	return fates, touched
}

func TestASoundLineLeavesPacketsAlone(t *testing.T) {
	fates, touched := sendMany(newLine(nemesis.Link{}), 100)
	for i, f := range fates {
		if len(f.arrivals) != 1 || f.arrivals[0] != noon.Add(time.Duration(i)*time.Millisecond) || f.flip >= 0 {
			t.Fatalf("packet %d: %+v", i, f)
		}
	}
	if touched > 0 {
		t.Errorf("%d packets are touched", touched)
	}
}

func TestChancesAreThoseOfTheLink(t *testing.T) {
	for name, test := range map[string]struct {
		link nemesis.Link
		hit  func(fate) bool
	}{
		"loss":      {nemesis.Link{Loss: 0.3}, func(f fate) bool { return len(f.arrivals) == 0 }},
		"duplicate": {nemesis.Link{Duplicate: 0.3}, func(f fate) bool { return len(f.arrivals) == 2 }},
		"corrupt":   {nemesis.Link{Corrupt: 0.3}, func(f fate) bool { return f.flip >= 0 }},
	} {
		fates, touched := sendMany(newLine(test.link), 10_000)
		hits := 0
		for _, f := range fates {
			if test.hit(f) {
				hits++
			}
		}
		if hits < 2800 || hits > 3200 || touched != hits {
			t.Errorf("%s: %d of 10000 packets are hit and %d touched, want about 3000", name, hits, touched)
		}
	}
}

func TestJitterIsWithinItsBoundsAndKeepsTheOrder(t *testing.T) {
	const delay, jitter = 50 * time.Millisecond, 20 * time.Millisecond
	fates, touched := sendMany(newLine(nemesis.Link{Delay: delay, Jitter: jitter}), 1000)
	seen := map[time.Duration]bool{}
	for i, f := range fates {
		late := f.arrivals[0].Sub(noon.Add(time.Duration(i) * time.Millisecond))
		if late < delay || late > delay+jitter {
			t.Fatalf("packet %d is late by %v", i, late)
		}
		if i > 0 && f.arrivals[0].Before(fates[i-1].arrivals[0]) {
			t.Fatalf("packet %d overtakes the one before", i)
		}
		seen[late.Truncate(5*time.Millisecond)] = true
	}
	if len(seen) < 4 || touched != 1000 {
		t.Errorf("the delays are %v, and %d packets are touched", seen, touched)
	}
}

func TestAReorderedPacketIsOvertaken(t *testing.T) {
	fates, touched := sendMany(newLine(nemesis.Link{Reorder: 0.2}), 1000)
	overtaken := 0
	for i, f := range fates[:len(fates)-1] {
		if f.arrivals[0].After(fates[i+1].arrivals[0]) {
			overtaken++
		}
	}
	if overtaken < 100 || touched < 150 || touched > 250 {
		t.Errorf("%d packets are overtaken and %d touched", overtaken, touched)
	}
}

// TestANarrowLine: 1000 bytes take 100 ms. Ten packets fill the queue of a
// second, the eleventh still gets in, and what comes then is lost.
func TestANarrowLine(t *testing.T) {
	l := newLine(nemesis.Link{BytesPerSecond: 10_000})
	for i := range 15 {
		f, touched := l.send(noon, 1000)
		if !touched {
			t.Errorf("packet %d is not touched", i)
		}
		if i > 10 {
			if len(f.arrivals) > 0 {
				t.Errorf("packet %d arrives", i)
			}
			continue
		}
		if want := noon.Add(time.Duration(i+1) * 100 * time.Millisecond); len(f.arrivals) != 1 || f.arrivals[0] != want {
			t.Errorf("packet %d arrives at %v, want %v", i, f.arrivals, want)
		}
	}
	// When the queue is empty again, the next one has the line for itself.
	if f, _ := l.send(noon.Add(5*time.Second), 1000); f.arrivals[0] != noon.Add(5100*time.Millisecond) {
		t.Errorf("a packet on an empty line arrives at %v", f.arrivals[0])
	}
}

func TestTheSeedDecidesWhatBefallsEachPacket(t *testing.T) {
	link := nemesis.Link{Loss: 0.2, Duplicate: 0.2, Reorder: 0.2, Corrupt: 0.2, Jitter: time.Millisecond}
	play := func(seed uint64, link nemesis.Link) []fate {
		fates, _ := sendMany(&line{link: link, random: rand.New(rand.NewPCG(seed, 0))}, 100)
		return fates
	}
	if !reflect.DeepEqual(play(1, link), play(1, link)) {
		t.Error("one seed gives two fates")
	}
	if reflect.DeepEqual(play(1, link), play(2, link)) {
		t.Error("two seeds give one fate")
	}
}

func TestWhatBefallsOnePacketDoesNotDependOnTheOthers(t *testing.T) {
	lost := func(before nemesis.Link) (lost []bool) {
		l := newLine(before)
		sendMany(l, 50)
		l.link = nemesis.Link{Loss: 0.5}
		fates, _ := sendMany(l, 50)
		for _, f := range fates {
			lost = append(lost, len(f.arrivals) == 0)
		}
		return lost
	}
	for _, before := range []nemesis.Link{{Cut: true}, {Loss: 0.5}, {BytesPerSecond: 1}, {Reorder: 1, Corrupt: 1}} {
		if !slices.Equal(lost(before), lost(nemesis.Link{})) {
			t.Errorf("after packets on a line with %v others are lost than after a sound line", before)
		}
	}
}

func TestEachDirectionDrawsForItself(t *testing.T) {
	l := newLines([]string{"a", "b"}, 1)
	there, back := l.all[route{"a", "b"}], l.all[route{"b", "a"}]
	there.link = nemesis.Link{Loss: 0.5}
	back.link = there.link
	first, _ := sendMany(there, 100)
	second, _ := sendMany(back, 100)
	if reflect.DeepEqual(first, second) {
		t.Error("the same befalls both directions")
	}
}
