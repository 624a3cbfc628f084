package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// operand is a or b: where its element (i, j) lies.
type operand struct {
	x        []float32
	row, col int
	step     [backend.MaxRank]int // of the batch dimensions
}

var zero [1]float32

type gemmJob struct {
	k          *kernels
	m, n, kk   int
	a, b, c    operand
	accumulate bool
	add        operand
	bias       []float32

	batch     [backend.MaxRank]int
	rank      int
	count     int // matrices
	kc        int // terms of a block of k
	packA     bool
	packB     bool
	packed    []float32 // b of the matrices and columns that are being worked on
	size      int       // of one packed matrix
	first     int       // first matrix of the group, and its first column
	group     int       // matrices of a group
	col, cols int
	rows      int // panels of rows of a matrix
	down      int // parts of the rows of a matrix
	across    int // parts of the columns at hand
	packing   bool
	deep      int       // parts of k, a block each, when c is small beside a and b; else 1
	sums      []float32 // of the blocks after the first: m × n each, to be added to c in order
	adding    bool
}

// MatMul implements backend.Linear.
func (d *Device) MatMul(c, a, b backend.View, o backend.MatMulOptions) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.gemm
	*j = gemmJob{k: d.k, accumulate: o.Accumulate}
	j.set(&c, &a, &b)
	if o.Add.Present() {
		j.add = operand{x: at[float32](&o.Add), row: o.Add.Strides[0], col: 1}
	}
	if j.m == 0 || j.n == 0 || j.count == 0 {
		return
	}
	j.bias = vector(&o.Bias, j.k.bias[:])
	if o.Bias.Present() && o.Bias.Strides[0] != 1 && j.n > len(j.k.bias) {
		j.bias = vector(&o.Bias, make([]float32, j.n))
	}
	j.plan(d.workers())
	for j.first = 0; j.first < j.count; j.first += j.group {
		for j.col = 0; j.col < j.n; j.col += j.cols {
			packed := 0
			if j.packB {
				packed = min(j.group, j.count-j.first) * j.size
			}
			room := d.shared(packed + (j.deep-1)*j.m*j.n)
			j.packed, j.sums = room[:packed], room[packed:]
			if j.packB {
				j.packing = true
				d.run(j.packParts(), j)
				j.packing = false
			}
			d.run(j.parts(), j)
		}
	}
	if j.deep > 1 {
		j.adding = true
		d.run(j.addParts(), j)
	}
	*j = gemmJob{}
}

// set reads the views. Leading dimensions along which b stays and a and c go on as their rows do become rows.
func (j *gemmJob) set(c, a, b *backend.View) {
	r := c.Rank
	j.m, j.n, j.kk = c.Dims[r-2], c.Dims[r-1], a.Dims[r-1]
	j.a = operand{x: at[float32](a), row: a.Strides[r-2], col: a.Strides[r-1]}
	j.b = operand{x: at[float32](b), row: b.Strides[r-2], col: b.Strides[r-1]}
	j.c = operand{x: at[float32](c), row: c.Strides[r-2], col: c.Strides[r-1]}
	j.count = 1
	merging := true
	for i := r - 3; i >= 0; i-- {
		n := c.Dims[i]
		if n == 1 {
			continue
		}
		if merging && b.Strides[i] == 0 && a.Strides[i] == j.m*j.a.row && c.Strides[i] == j.m*j.c.row {
			j.m *= n
			continue
		}
		merging = false
		j.batch[j.rank] = n
		j.a.step[j.rank], j.b.step[j.rank], j.c.step[j.rank] = a.Strides[i], b.Strides[i], c.Strides[i]
		j.rank++
		j.count *= n
	}
	if j.n == 1 {
		j.b.col, j.c.col = 1, 1
	}
	if j.kk == 0 { // a sum of nothing is 0 times 0
		j.kk, j.a, j.b = 1, operand{x: zero[:]}, operand{x: zero[:]}
	}
}

// offset is that of matrix i of o.
func (j *gemmJob) offset(o *operand, i int) int {
	off := 0
	for d := range j.rank { // dimension 0 is the fastest
		off += i % j.batch[d] * o.step[d]
		i /= j.batch[d]
	}
	return off
}

func (j *gemmJob) part(w *worker, i int) {
	if j.packing {
		j.pack(i)
		return
	}
	if j.adding {
		j.addSums(i)
		return
	}
	cols := min(j.cols, j.n-j.col)
	down := i / j.across % j.down
	p0, p1 := down*j.rows/j.down, (down+1)*j.rows/j.down
	q0, q1 := panelRows(panelCount(cols, j.k.nr), j.across, i%j.across)
	if q0 == q1 { // the last columns of many may be few
		return
	}
	i0, i1 := p0*j.m/j.rows, p1*j.m/j.rows
	g, from, to := i/(j.across*j.down), 0, max(j.kk, 1)
	if j.deep > 1 {
		g, from, to = 0, g*j.kc, min((g+1)*j.kc, j.kk)
	}
	j.block(w, g, i0, i1, q0*j.k.nr, min(q1*j.k.nr, cols), from, to)
}

// block computes terms from…to of rows i0…i1 and columns j0…j1, counted from the first column at hand, of matrix g of the group.
func (j *gemmJob) block(w *worker, g, i0, i1, j0, j1, from, to int) {
	nr := j.k.nr
	a := j.a.x[j.offset(&j.a, j.first+g)+i0*j.a.row:]
	c := j.c.x[j.offset(&j.c, j.first+g)+i0*j.c.row+(j.col+j0)*j.c.col:]
	p := product{m: i1 - i0, n: j1 - j0, aRow: j.a.row, aCol: j.a.col, c: c, cRow: j.c.row, bRow: nr, bPanel: nr * j.kk}
	var b []float32
	if j.packB {
		b = j.packed[g*j.size+j0/nr*nr*j.kk:]
	} else {
		b = j.b.x[j.offset(&j.b, j.first+g)+(j.col+j0)*j.b.col:]
		p.bRow, p.bPanel = j.b.row, nr
	}
	var panels []float32
	if j.packA {
		panels = w.floats(panelCount(p.m, j.k.mr) * j.k.pad * j.kc)
	}
	alone := from > 0 // for the sums: nothing is added
	if alone {
		p.c, p.cRow = j.sums[(from/j.kc-1)*j.m*j.n+i0*j.n+j0:], j.n
	}
	for k0 := from; k0 < to; k0 += j.kc {
		p.k = min(j.kc, j.kk-k0)
		p.a, p.b = a[min(k0*j.a.col, len(a)):], b[min(k0*p.bRow, len(b)):]
		switch {
		case alone:
		case k0 > 0 || j.accumulate:
			p.add, p.addRow = c, j.c.row
		case j.add.x != nil:
			p.add, p.addRow = j.add.x[i0*j.add.row+j.col+j0:], j.add.row
		case j.bias != nil:
			p.add, p.addRow = j.bias[j.col+j0:], 0
		}
		if j.packA {
			j.k.packRows(panels, p.a, p.m, p.k, j.a.row, j.a.col)
			p.a, p.aRow, p.aCol, p.aPanel = panels, 1, j.k.pad, j.k.pad*p.k
		}
		if j.c.col == 1 {
			j.k.multiply(w, &p)
		} else {
			j.scattered(w, &p)
		}
		if p.aPanel != 0 {
			p.aRow, p.aCol = j.a.row, j.a.col
		}
	}
	if j.bias != nil && (j.accumulate || j.add.x != nil) {
		j.addBias(c, p.m, p.n, j.bias[j.col+j0:])
	}
}

// scattered computes p into scratch and copies the result to a c whose rows are not contiguous.
func (j *gemmJob) scattered(w *worker, p *product) {
	if w.corner == nil {
		w.corner = new(worker)
	}
	tmp := w.corner.floats(p.m * p.n)
	c, stride := p.c, j.c.col
	if p.add != nil && p.addRow != 0 {
		for i := range p.m {
			gather(tmp[i*p.n:][:p.n], c[i*j.c.row:], stride)
		}
		p.add, p.addRow = tmp, p.n
	}
	p.c, p.cRow = tmp, p.n
	j.k.multiply(w, p)
	for i := range p.m {
		row := c[i*j.c.row:]
		for x, v := range tmp[i*p.n:][:p.n] {
			row[x*stride] = v
		}
	}
	p.c, p.cRow, p.add = c, j.c.row, nil
}

func (j *gemmJob) addBias(c []float32, m, n int, bias []float32) {
	for i := range m {
		row := c[i*j.c.row:]
		for x := range n {
			row[x*j.c.col] += bias[x]
		}
	}
}
