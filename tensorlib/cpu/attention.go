package cpu

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Attention goes through the keys in blocks, and keeps for each query the largest score so far, the sum of the exponentials,
// and the weighted sum of the values (Milakov & Gimelshein, 2018; Dao et al., 2022). A masked key adds an exact zero, and sums
// over keys run from key 0 up in a fixed pattern; so a query's result has the same bits whether it is computed alone, with a
// cache of the keys before it, or among all the others.

// keyBlock is how many keys, and queryBlock how many queries, are scored at a time.
const (
	keyBlock   = 256
	queryBlock = 16
)

// heads is a view of (B, H, T, D): one matrix a head.
type heads struct {
	x              []float32
	batch, head    int // strides
	row            int
	length, width  int // T and D
	matrices, perB int // B*H and H
}

func headsOf(v *backend.View) heads {
	return heads{
		x: at[float32](v), batch: v.Strides[0], head: v.Strides[1], row: v.Strides[2],
		length: v.Dims[2], width: v.Dims[3], matrices: v.Dims[0] * v.Dims[1], perB: v.Dims[1],
	}
}

// of is head i, from row t on.
func (h *heads) of(i, t int) []float32 { return h.x[i/h.perB*h.batch+i%h.perB*h.head+t*h.row:] }

type attendJob struct {
	k                *kernels
	q, k_, v, out    heads
	dq, dk, dv, dout heads
	lse              backend.View
	stats            []float32
	scale            float32
	causal           bool
	spans            int // parts of one head
	span             int // queries of a part
	backwardPass     bool
}

// Attention implements backend.Fused.
func (d *Device) Attention(out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.attend
	*j = attendJob{k: d.k, q: headsOf(&q), k_: headsOf(&k), v: headsOf(&v), out: headsOf(&out), lse: lse, stats: at[float32](&lse), scale: o.Scale, causal: o.Causal}
	d.run(j.q.matrices, j)
	*j = attendJob{}
}

// AttentionGrad implements backend.Fused.
func (d *Device) AttentionGrad(dq, dk, dv, dout, out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.attend
	*j = attendJob{
		k: d.k, q: headsOf(&q), k_: headsOf(&k), v: headsOf(&v), out: headsOf(&out), lse: lse, stats: at[float32](&lse), scale: o.Scale, causal: o.Causal,
		dq: headsOf(&dq), dk: headsOf(&dk), dv: headsOf(&dv), dout: headsOf(&dout), backwardPass: true,
	}
	d.run(j.q.matrices, j)
	*j = attendJob{}
}

func (j *attendJob) part(w *worker, i int) {
	if j.backwardPass {
		j.plainGrad(w, i)
	} else {
		j.plain(w, i)
	}
}

func (j *attendJob) keys(t int) int {
	if !j.causal {
		return j.k_.length
	}
	return max(0, min(j.k_.length, t+1+j.k_.length-j.q.length))
}

func (j *attendJob) plain(w *worker, h int) {
	D := j.q.width
	p := w.floats(j.k_.length)
	for t := range j.q.length {
		n := j.keys(t)
		q, out := j.q.of(h, t)[:D], j.out.of(h, t)[:D]
		for s := range n {
			p[s] = j.scale * j.k.dot(q, j.k_.of(h, s)[:D])
		}
		m := j.k.peak(p[:n])
		sum := j.k.expSum(p[:n], p[:n], m)
		clear(out)
		for s := range n {
			for c, v := range j.v.of(h, s)[:D] {
				out[c] += p[s] / sum * v
			}
		}
		j.stats[element(&j.lse, 3, h*j.q.length+t)] = m + log32(sum)
	}
}

func (j *attendJob) plainGrad(_ *worker, h int) {
	D := j.q.width
	for s := range j.k_.length {
		clear(j.dk.of(h, s)[:D])
		clear(j.dv.of(h, s)[:D])
	}
	for t := range j.q.length {
		q, out, dout, dq := j.q.of(h, t)[:D], j.out.of(h, t)[:D], j.dout.of(h, t)[:D], j.dq.of(h, t)[:D]
		delta := j.k.dot(out, dout)
		lse := j.stats[element(&j.lse, 3, h*j.q.length+t)]
		clear(dq)
		for s := range j.keys(t) {
			k, v, dk, dv := j.k_.of(h, s)[:D], j.v.of(h, s)[:D], j.dk.of(h, s)[:D], j.dv.of(h, s)[:D]
			p := float32(math.Exp(float64(j.scale*j.k.dot(q, k) - lse)))
			ds := p * (j.k.dot(dout, v) - delta) * j.scale
			for c := range D {
				dv[c] += p * dout[c]
				dk[c] += ds * q[c]
				dq[c] += ds * k[c]
			}
		}
	}
}
