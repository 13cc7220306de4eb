package report

import (
	"slices"
	"testing"
	"time"
)

func TestTheAxisKeepsTheOrder(t *testing.T) {
	moments := []time.Duration{
		30 * time.Second, 0, time.Microsecond, 2 * time.Microsecond, 8 * time.Millisecond,
		time.Second, time.Second, 29 * time.Second, 30*time.Second + time.Millisecond,
	}
	x := newAxis(moments)
	slices.Sort(moments)
	for i, moment := range moments {
		if place := x.place(moment); place < margin-0.001 || place > 100-margin+0.001 {
			t.Errorf("%v is at %v %%, beyond the axis", moment, place)
		}
		if i > 0 && moments[i-1] < moment && x.place(moment)-x.place(moments[i-1]) < 1 {
			t.Errorf("%v and %v are drawn at one place", moments[i-1], moment)
		}
	}
	if between := x.place(15 * time.Second); between <= x.place(time.Second) || between >= x.place(29*time.Second) {
		t.Errorf("15 s is at %v %%, not between 1 s and 29 s", between)
	}
	if x.place(-time.Second) != 0 || x.place(time.Minute) != 100 {
		t.Errorf("what lies beyond is at %v and %v %%", x.place(-time.Second), x.place(time.Minute))
	}
}

func TestAShortOperationIsSeenBesideALongPause(t *testing.T) {
	x := newAxis([]time.Duration{0, 5 * time.Millisecond, time.Minute, time.Minute + 5*time.Millisecond})
	if s := x.span(time.Minute, time.Minute+5*time.Millisecond); s.Width < 10 {
		t.Errorf("5 ms beside a minute are %v %% wide", s.Width)
	}
}

func TestLabelsOfTheAxisDoNotMeet(t *testing.T) {
	var moments []time.Duration
	for i := range 100 {
		moments = append(moments, time.Duration(i)*time.Millisecond)
	}
	ticks := newAxis(moments).ticks()
	if len(ticks) < 4 || ticks[0].Text != "0.000 s" {
		t.Errorf("got %v", ticks)
	}
	for i := 1; i < len(ticks); i++ {
		if ticks[i].Left-ticks[i-1].Left < apart {
			t.Errorf("%v and %v are too close", ticks[i-1], ticks[i])
		}
	}
	if ticks := newAxis(nil).ticks(); len(ticks) > 0 {
		t.Errorf("an empty axis has labels: %v", ticks)
	}
}
