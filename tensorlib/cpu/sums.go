package cpu

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// scanJob looks at whole views to find one number: the sum of the squares, or whether all is finite.
type scanJob struct {
	loop
	k       *kernels
	x       []float32
	partial []float32 // by part
}

// SumSquares implements backend.Scans. Each view is summed by itself, in pieces of fixed size, and the sums are added in
// the order of xs.
func (d *Device) SumSquares(dst backend.View, xs []backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	total := 0.0
	for i := range xs {
		for _, v := range d.scan.over(d, &xs[i]) {
			total += float64(v)
		}
	}
	at[float32](&dst)[0] = float32(total)
}

// Finite implements backend.Scans.
func (d *Device) Finite(dst, x backend.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ok := float32(1)
	for _, v := range d.scan.over(d, &x) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			ok = 0
		}
	}
	if ok == 0 { // the squares of large finite numbers overflow, too
		ok = d.scan.finite(&x)
	}
	at[float32](&dst)[0] = ok
}

// over returns the sums of the squares of the parts of x.
func (j *scanJob) over(d *Device, x *backend.View) []float32 {
	j.set(x)
	j.k, j.x = d.k, at[float32](x)
	n := j.parts()
	j.partial = d.shared(n)
	d.run(n, j)
	p := j.partial
	*j = scanJob{}
	return p
}

func (j *scanJob) part(w *worker, i int) {
	var c cursor
	total := 0.0
	for j.loop.part(&c, i); c.advance(); {
		x := j.x[c.off[0]:]
		if s := j.inner[0]; s != 1 {
			row := w.floats(pieceSize)[:c.n]
			gather(row, x, s)
			x = row
		}
		total += float64(j.k.sumSquares(x[:c.n]))
	}
	j.partial[i] = float32(total)
}

// finite looks at each element.
func (j *scanJob) finite(x *backend.View) float32 {
	j.set(x)
	mem := at[float32](x)
	for c := j.all(); c.advance(); {
		for i := range c.n {
			if v := mem[c.off[0]+i*j.inner[0]]; v-v != 0 {
				return 0
			}
		}
	}
	return 1
}
