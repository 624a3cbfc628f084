package track

import (
	"encoding/base64"
	"fmt"
	"math"
	"sync"
)

// Curve is the loss over the steps of a run, on the training text and on the held-out one. The zero Curve is empty and ready
// to use. It may be added to and shown from different goroutines.
type Curve struct {
	Title string

	mu         sync.Mutex
	train, val []point
}

// point is a loss at a step.
type point struct {
	step int
	loss float64
}

// Add adds the training loss of a step. A step that was there already goes on from it: it and later ones are replaced.
func (c *Curve) Add(step int, loss float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.train = push(c.train, point{step, loss})
}

// AddVal adds the validation loss after a step.
func (c *Curve) AddVal(step int, loss float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.val = push(c.val, point{step, loss})
}

// AddRecord adds what a record says.
func (c *Curve) AddRecord(r Record) {
	c.Add(r.Step, r.Loss)
	if r.ValLoss != 0 {
		c.AddVal(r.Step, r.ValLoss)
	}
}

// push appends p after cutting the points that are not before it. Points that are not finite cannot be drawn and are dropped.
func push(points []point, p point) []point {
	for len(points) > 0 && points[len(points)-1].step >= p.step {
		points = points[:len(points)-1]
	}
	if math.IsNaN(p.loss) || math.IsInf(p.loss, 0) {
		return points
	}
	return append(points, p)
}

// Losses returns the training losses in the order of the steps.
func (c *Curve) Losses() []float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]float64, len(c.train))
	for i, p := range c.train {
		out[i] = p.loss
	}
	return out
}

// String is the curve as one line of text: the last step, its losses, and a sparkline.
func (c *Curve) String() string {
	losses := c.Losses()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(losses) == 0 {
		return "no steps yet"
	}
	last := c.train[len(c.train)-1]
	s := fmt.Sprintf("step %d  loss %.4f", last.step, last.loss)
	if n := len(c.val); n > 0 {
		s += fmt.Sprintf("  val %.4f", c.val[n-1].loss)
	}
	return s + "  " + Sparkline(losses, 40)
}

// MIME is the curve as a notebook shows it: a PNG of 640 x 320 pixels, and the line of String for terminals.
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
			sum += p.loss
		}
		out[i] = point{part[len(part)-1].step, sum / float64(len(part))}
	}
	return out
}
