package report

import (
	"math"
	"slices"
	"time"
)

// axis gives moments their places from left to right. It keeps their order, and
// what overlaps overlaps on it too; but a long time in which nothing begins or
// ends takes little more room than a short one, so that operations of a few
// milliseconds can be seen beside one from half a minute ago.
type axis struct {
	moments []time.Duration
	places  []float64
}

// margin is what an axis leaves free at both ends, in percent.
const margin = 2

// newAxis returns an axis for what begins or ends at these moments.
func newAxis(moments []time.Duration) axis {
	moments = slices.Compact(slices.Sorted(slices.Values(moments)))
	a := axis{moments: moments, places: make([]float64, len(moments))}
	for i := 1; i < len(moments); i++ {
		gap := float64(moments[i]-moments[i-1]) / float64(time.Millisecond)
		a.places[i] = a.places[i-1] + 1 + math.Log1p(gap)
	}
	scale := 0.0
	if len(moments) > 1 {
		scale = (100 - 2*margin) / a.places[len(moments)-1]
	}
	for i := range a.places {
		a.places[i] = margin + scale*a.places[i]
	}
	return a
}

// place returns where a moment is, in percent of the width. What lies before the
// first moment is at the left edge, what comes after the last at the right one.
func (a axis) place(t time.Duration) float64 {
	at, exact := slices.BinarySearch(a.moments, t)
	switch {
	case exact:
		return a.places[at]
	case at == 0:
		return 0
	case at == len(a.moments):
		return 100
	}
	part := float64(t-a.moments[at-1]) / float64(a.moments[at]-a.moments[at-1])
	return a.places[at-1] + part*(a.places[at]-a.places[at-1])
}

// apart is how far the labels of an axis stand from each other, in percent: far
// enough for their text on a telephone.
const apart = 18

// tick is a label of the axis.
type tick struct {
	Left float64
	Text string
}

// ticks returns as many moments as there is room for.
func (a axis) ticks() []tick {
	var ticks []tick
	next := 0.0
	for i, moment := range a.moments {
		if a.places[i] >= next && a.places[i] <= 100-apart/2 {
			ticks = append(ticks, tick{a.places[i], seconds(moment)})
			next = a.places[i] + apart
		}
	}
	return ticks
}
