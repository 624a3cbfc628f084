package track

import "sync"

// maxBins is how many numbers a Trend keeps: several for each character of a sparkline.
const maxBins = 240

// Trend is the losses of a run in few numbers, however many steps it has: what a sparkline needs. The zero Trend is empty and ready
// to use. It may be added to and read from different goroutines.
type Trend struct {
	mu   sync.Mutex
	span int // steps in a bin
	bins []bin
}

// bin is the losses of the steps in (i·span, (i+1)·span].
type bin struct {
	i, last int // last: the latest step in it
	sum     float64
	n       int
}

// AddRecord adds the loss of a step. A step that was there already goes on from it: what came from it on is forgotten, as far as
// bins go.
func (t *Trend) AddRecord(r Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := len(t.bins); n > 0 && t.bins[n-1].last >= r.Step; n-- {
		t.bins = t.bins[:n-1]
	}
	if len(t.bins) == 0 {
		t.span = 1
	}
	i := (r.Step - 1) / t.span
	if n := len(t.bins); n > 0 && t.bins[n-1].i == i {
		b := &t.bins[n-1]
		b.last, b.sum, b.n = r.Step, b.sum+r.Loss, b.n+1
		return
	}
	t.bins = append(t.bins, bin{i, r.Step, r.Loss, 1})
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

// Sparkline draws the trend as at most width characters; empty while there are fewer than two losses.
func (t *Trend) Sparkline(width int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	means := make([]float64, len(t.bins))
	for i, b := range t.bins {
		means[i] = b.sum / float64(b.n)
	}
	if len(means) < 2 {
		return ""
	}
	return Sparkline(means, width)
}
