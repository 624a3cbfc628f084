package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// Attention goes through the keys in blocks, and keeps for each query the largest score so far, the sum of the exponentials,
// and the weighted sum of the values (Milakov & Gimelshein, 2018; Dao et al., 2022). A masked key adds an exact zero, and sums
// over keys run from key 0 up in a fixed pattern; so a query's result has the same bits whether it is computed alone, with a
// cache of the keys before it, or among all the others.
//
// Queries that see the same first key make a run. A run is attention of its own: its blocks of keys begin at that first key, and nothing
// before it is read. So a document has the same bits packed behind others, padded on the left, or alone.

const (
	keyBlock   = 256 // keys scored at a time
	queryRows  = 16  // queries that share one end of the visible keys
	queryBlock = 64  // queries whose gradients go into dk and dv together
	fewHeads   = 8   // with fewer matrices than this, queries are shared out, too
)

// heads is a view of (B, H, T, D): a matrix a head.
type heads struct {
	x                   []float32
	batch, head, row    int // strides
	perB, length, width int // H, T and D
}

func headsOf(v *backend.View) heads {
	return heads{
		x: at[float32](v), batch: v.Strides[0], head: v.Strides[1], row: v.Strides[2],
		perB: v.Dims[1], length: v.Dims[2], width: v.Dims[3],
	}
}

// of is head i.
func (h *heads) of(i int) head {
	return head{h.x[i/h.perB*h.batch+i%h.perB*h.head:], h.row, h.length, h.width}
}

// head is one matrix (T, D) with rows of neighbours.
type head struct {
	x                  []float32
	row, length, width int
}

// from is the memory from row t on.
func (h *head) from(t int) []float32 { return h.x[t*h.row:] }

// line is row t.
func (h *head) line(t int) []float32 { return h.x[t*h.row:][:h.width] }

// clear sets all rows to zero.
func (h *head) clear() {
	for t := range h.length {
		clear(h.line(t))
	}
}

// column3 sees a view of (B, H, T) as heads of width 1.
func column3(v *backend.View) heads {
	w := *v
	w.Rank, w.Dims[3], w.Strides[3] = 4, 1, 1
	return headsOf(&w)
}

type attendJob struct {
	kernel           *kernels
	q, k, v, out     heads
	dq, dk, dv, dout heads
	lse              heads
	first, lengths   ints // of (B, T) and (B)
	scale            float32
	causal           bool
	backwardPass     bool
	spans, span      int // parts of a head, and queries of a part
}

// Attention implements backend.Attentions.
func (d *Device) Attention(out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.attend
	*j = attendJob{
		kernel: d.k, q: headsOf(&q), k: headsOf(&k), v: headsOf(&v), out: headsOf(&out), lse: column3(&lse),
		first: intsOf(&o.First), lengths: intsOf(&o.Lengths), scale: o.Scale, causal: o.Causal, span: q.Dims[2],
	}
	matrices := q.Dims[0] * q.Dims[1]
	if matrices < fewHeads {
		j.span = queryBlock
	}
	if matrices*q.Dims[2] > 0 {
		j.spans = panelCount(q.Dims[2], j.span)
		d.run(matrices*j.spans, j)
	}
	*j = attendJob{}
}

// AttentionGrad implements backend.Attentions. With p the softmax and delta = Σ dout*out of a query,
//
//	dv = pᵀ·dout,  ds = p*(dout·vᵀ - delta)*scale,  dq = ds·k,  dk = dsᵀ·q
func (d *Device) AttentionGrad(dq, dk, dv, dout, out, lse, q, k, v backend.View, o backend.AttentionOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.attend
	*j = attendJob{
		kernel: d.k, q: headsOf(&q), k: headsOf(&k), v: headsOf(&v), out: headsOf(&out), lse: column3(&lse),
		dq: headsOf(&dq), dk: headsOf(&dk), dv: headsOf(&dv), dout: headsOf(&dout),
		first: intsOf(&o.First), scale: o.Scale, causal: o.Causal, backwardPass: true,
	}
	d.run(q.Dims[0]*q.Dims[1], j)
	*j = attendJob{}
}

func (j *attendJob) part(w *worker, i int) {
	if j.backwardPass {
		j.backward(w, i)
		return
	}
	from := i % j.spans * j.span
	j.forward(w, i/j.spans, from, min(from+j.span, j.q.length))
}

// turned packs n rows of x from row s0 on as (D, n), rows ld apart.
func (j *attendJob) turned(dst []float32, ld int, x *head, s0, n int) {
	if x.width > 0 && n > 0 {
		j.kernel.copy2D(dst, ld, x.from(s0), 1, x.row, x.width, n)
	}
}

// scores writes rows t0…t1 of a times the first n of the turned keys to s.
func (j *attendJob) scores(w *worker, s, keys []float32, ld int, a *head, t0, t1, n int) {
	j.kernel.multiply(w, &product{
		m: t1 - t0, n: n, k: a.width, a: a.from(t0), aRow: a.row, aCol: 1, b: keys, bRow: ld, bPanel: j.kernel.nr, c: s, cRow: ld,
	})
}

// leading is the length of a row of scores: whole vectors, whatever the kernels.
func leading(keys int) int { return (min(keys, keyBlock) + 15) &^ 15 }

// forward computes queries from…to of head h.
func (j *attendJob) forward(w *worker, h, from, to int) {
	out := j.out.of(h)
	for t := from; t < to; t++ {
		clear(out.line(t))
	}
	for from < to {
		r := j.run(h, from, to)
		j.attend(w, h, &r)
		from = r.to
	}
}

// attend computes the queries of a run of head h, whose results are zero.
func (j *attendJob) attend(w *worker, h int, r *run) {
	q, keys, values, out, lse := j.q.of(h), j.k.of(h), j.v.of(h), j.out.of(h), j.lse.of(h)
	k, D, N := j.kernel, q.width, r.to-r.from
	ld := leading(keys.length)
	mem := w.floats((D+queryRows)*ld + 2*N)
	turned, s := mem[:D*ld], mem[D*ld:][:queryRows*ld]
	peak, sum := mem[(D+queryRows)*ld:][:N], mem[(D+queryRows)*ld+N:][:N]
	fill(peak, minusInf)
	clear(sum)
	for s0 := r.lo; s0 < r.hi; s0 += keyBlock {
		n := min(keyBlock, r.hi-s0)
		j.turned(turned, ld, &keys, s0, n)
		for t0 := r.from; t0 < r.to; t0 += queryRows {
			t1 := min(t0+queryRows, r.to)
			seen := r.visible(t1-1, s0, n)
			if seen == 0 {
				continue
			}
			j.scores(w, s, turned, ld, &q, t0, t1, seen)
			for t := t0; t < t1; t++ {
				row := s[(t-t0)*ld:][:leading(seen)]
				j.weigh(row, r.visible(t, s0, n), out.line(t), &peak[t-r.from], &sum[t-r.from])
			}
			c := out.from(t0)
			k.multiply(w, &product{
				m: t1 - t0, n: D, k: seen, a: s, aRow: ld, aCol: 1, b: values.from(s0), bRow: values.row, bPanel: k.nr,
				c: c, cRow: out.row, add: c, addRow: out.row,
			})
		}
	}
	for i, t := 0, r.from; t < r.to; i, t = i+1, t+1 {
		lse.x[t*lse.row] = peak[i] + log32(sum[i])
		if sum[i] != 0 {
			k.affine(out.line(t), out.line(t), 1/sum[i], 0)
		}
	}
}

// weigh turns a row of products q·k into the weights of its first n keys, relative to a new peak, to which it brings out and sum.
func (j *attendJob) weigh(row []float32, n int, out []float32, peak, sum *float32) {
	if n == 0 {
		clear(row)
		return
	}
	top, more := j.kernel.weigh(row, n, j.scale, *peak)
	if *sum != 0 {
		keep := exp32(*peak - top)
		*sum *= keep
		j.kernel.affine(out, out, keep, 0)
	}
	*peak = top
	*sum += more
}
