package spark

import "sync"

// maxBins is how many numbers a Trend keeps: several for each character of a sparkline.
const maxBins = 240

// Trend is one series of a run in few numbers, however many steps it has: what a line of text needs. The zero Trend is empty and ready
// to use. It may be added to and read from different goroutines.
type Trend struct {
	mu   sync.Mutex
	span int // steps in a bin
	bins []bin
}

// bin is the values of the steps in (i·span, (i+1)·span].
type bin struct {
	i, last int // last: the latest step in it
	sum     float64
	n       int
}

// Add adds the value of a step. A step that was there already goes on from it: what came from it on is forgotten, as far as
// bins go.
func (t *Trend) Add(step int, value float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := len(t.bins); n > 0 && t.bins[n-1].last >= step; n-- {
		t.bins = t.bins[:n-1]
	}
	if len(t.bins) == 0 {
		t.span = 1
	}
	i := (step - 1) / t.span
	if n := len(t.bins); n > 0 && t.bins[n-1].i == i {
		b := &t.bins[n-1]
		b.last, b.sum, b.n = step, b.sum+value, b.n+1
		return
	}
	t.bins = append(t.bins, bin{i, step, value, 1})
	if len(t.bins) > maxBins {
		t.widen()
	}
}

// widen joins the bins by twos.
func (t *Trend) widen() {
	t.span *= 2
	joined := t.bins[:0]
	for _, b := range t.bins {
		b.i /= 2
		if n := len(joined); n > 0 && joined[n-1].i == b.i {
			a := &joined[n-1]
			a.last, a.sum, a.n = b.last, a.sum+b.sum, a.n+b.n
			continue
		}
		joined = append(joined, b)
	}
	t.bins = joined
}

// Line draws the trend as at most width characters; empty while there are fewer than two values.
func (t *Trend) Line(width int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	means := make([]float64, len(t.bins))
	for i, b := range t.bins {
		means[i] = b.sum / float64(b.n)
	}
	if len(means) < 2 {
		return ""
	}
	return Line(means, width)
}
