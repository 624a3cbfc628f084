// Package chart draws what a notebook shows of numbers. A [Curve] is named series over the steps of a run, such as a loss and the
// validation loss: a picture in a notebook, a line of text in a terminal. It grows while it is shown.
package chart

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/display/spark"
)

// Curve is named series over the steps of a run. The zero Curve is empty and ready to use. It may be added to and shown from different
// goroutines.
//
// Series that measure the same thing share a panel: "loss" and "valLoss" do, "reward" and "kl" do not.
type Curve struct {
	Title string
	Show  []string // the series that are drawn, in this order; empty: all, in the order in which they came

	mu     sync.Mutex
	series []*series
}

// series is one line of a curve.
type series struct {
	name   string
	points []point
}

// point is a value at a step.
type point struct {
	step  int
	value float64
}

// Add adds the value of a series at a step. A step that was there already goes on from it: it and later ones are replaced.
func (c *Curve) Add(name string, step int, value float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.find(name)
	if s == nil {
		s = &series{name: name}
		c.series = append(c.series, s)
	}
	s.points = push(s.points, point{step, value})
}

// AddValues adds all that was measured at a step, the names in alphabetical order.
func (c *Curve) AddValues(step int, values map[string]float64) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c.Add(name, step, values[name])
	}
}

func (c *Curve) find(name string) *series {
	for _, s := range c.series {
		if s.name == name {
			return s
		}
	}
	return nil
}

// push appends p after cutting the points that are not before it. Points that are not finite cannot be drawn and are dropped.
func push(points []point, p point) []point {
	for len(points) > 0 && points[len(points)-1].step >= p.step {
		points = points[:len(points)-1]
	}
	if math.IsNaN(p.value) || math.IsInf(p.value, 0) {
		return points
	}
	return append(points, p)
}

// Values returns the values of a series in the order of the steps.
func (c *Curve) Values(name string) []float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.find(name)
	if s == nil {
		return nil
	}
	out := make([]float64, len(s.points))
	for i, p := range s.points {
		out[i] = p.value
	}
	return out
}

// shown is a copy of the series that are drawn and have points, thinned out.
func (c *Curve) shown() []series {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []series
	take := func(s *series) {
		if s != nil && len(s.points) > 0 {
			out = append(out, series{s.name, thin(s.points)})
		}
	}
	for _, name := range c.Show {
		take(c.find(name))
	}
	if len(c.Show) == 0 {
		for _, s := range c.series {
			take(s)
		}
	}
	return out
}

// String is the curve as one line of text: the last step, the last value of each series, and the first series as a line of blocks.
func (c *Curve) String() string {
	all := c.shown()
	if len(all) == 0 {
		return "no steps yet"
	}
	last := 0
	for _, s := range all {
		last = max(last, s.points[len(s.points)-1].step)
	}
	var line strings.Builder
	fmt.Fprintf(&line, "step %d", last)
	for _, s := range all {
		fmt.Fprintf(&line, "  %s %.4f", s.name, s.points[len(s.points)-1].value)
	}
	values := make([]float64, len(all[0].points))
	for i, p := range all[0].points {
		values[i] = p.value
	}
	return line.String() + "  " + spark.Line(values, 40)
}

// MIME is the curve as a notebook shows it: a PNG 320 pixels high and 640 wide, wider where there are several panels, and the line of
// String for terminals.
func (c *Curve) MIME() map[string]any {
	bundle := map[string]any{"text/plain": c.String()}
	if png, err := c.PNG(); err == nil {
		bundle["image/png"] = base64.StdEncoding.EncodeToString(png)
	}
	return bundle
}

// maxPoints is how many points of a line are drawn; more would not be seen.
const maxPoints = 1000

// thin returns at most maxPoints points: the means of equal runs of neighbours, each at the last step of its run.
func thin(points []point) []point {
	n := len(points)
	if n <= maxPoints {
		return append([]point(nil), points...)
	}
	out := make([]point, maxPoints)
	for i := range out {
		part := points[i*n/maxPoints : (i+1)*n/maxPoints]
		sum := 0.0
		for _, p := range part {
			sum += p.value
		}
		out[i] = point{part[len(part)-1].step, sum / float64(len(part))}
	}
	return out
}
