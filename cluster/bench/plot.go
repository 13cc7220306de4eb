package main

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plot draws how latency grows with load: for each number of writers the writes a
// second and their median latency. Without writes there is nothing to draw.
func (r results) plot(path string) error {
	p := plot.New()
	p.Title.Text = "writes of 128 bytes on three nodes"
	p.X.Label.Text, p.Y.Label.Text = "writes a second", "median latency in ms"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	var lines []any
	for _, system := range r.Systems {
		if points := r.points(system); len(points) > 0 {
			lines = append(lines, system, points)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return fmt.Errorf("drawing %s: %w", path, err)
	}
	return p.Save(8*vg.Inch, 5*vg.Inch, path)
}

func (r results) points(system string) (points plotter.XYs) {
	for _, rate := range r.Series {
		for _, latency := range r.Series {
			if !strings.HasSuffix(rate.Name, "writers") || latency.Name != rate.Name+" p50" {
				continue
			}
			x, known := rate.median(system)
			y, both := latency.median(system)
			if known && both {
				points = append(points, plotter.XY{X: x, Y: y})
			}
		}
	}
	return points
}
