package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// A product is cut into blocks of rows and columns of c, one part each. Every element of c is summed over k from 0 up, in
// blocks of a length that depends on k alone; so how c is cut does not show in its bits.
//
// The kernels read a and b where they lie when that is fast: b needs neighbours along n, a along m or k. Otherwise b is
// packed once for all parts into panels of nr columns, and a by each part into panels of mr rows.

const (
	blockK    = 512     // most terms that are summed before c is touched
	blockM    = 224     // rows of a that a part packs at a time
	packRoom  = 1 << 21 // floats of packed b that are held at a time
	tinyWork  = 1 << 15 // multiplications that are not worth handing out
	manyParts = 8       // parts for each core: the last ones to end leave little of it idle
	fewParts  = 4       // the same when a is packed, which has lines of the cache in common with the parts beside it
)

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
			if j.packB {
				j.packed = d.shared(min(j.group, j.count-j.first) * j.size)
				j.packing = true
				d.run(j.packParts(), j)
				j.packing = false
			}
			d.run(j.parts(), j)
		}
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

// plan decides what is packed and how c is cut for that many cores.
func (j *gemmJob) plan(cores int) {
	mr, nr := j.k.mr, j.k.nr
	blocks := max(1, panelCount(j.kk, blockK))
	j.kc = max(1, panelCount(j.kk, blocks))
	j.packB = j.b.col != 1 || j.m > 16*mr && j.farB()
	j.packA = j.a.row != 1 && j.a.col != 1 || j.n > 4*nr && j.farA()
	j.group, j.cols, j.first = j.count, j.n, 0
	if j.packB {
		panel := max(j.kk*nr, 1)
		j.cols = min(j.n, max(1, packRoom/panel)*nr)
		j.size = panelCount(j.cols, nr) * panel
		j.group = min(j.count, max(1, packRoom/j.size))
	}
	j.cut(cores)
}

// cut chooses how many parts the group and columns at hand have: enough for that many cores, and as many for one as for another.
func (j *gemmJob) cut(cores int) {
	rows, cols := panelCount(j.m, j.k.mr), panelCount(j.cols, j.k.nr)
	if rows > 4*cores { // lower ones, and as many for one core as for another
		rows = panelCount(rows, cores) * cores
	}
	j.rows = rows
	j.down, j.across = panelCount(rows, max(1, blockM/j.k.mr)), 1
	if j.m*j.n*max(j.kk, 1)*j.group < tinyWork {
		return
	}
	want := manyParts * cores
	if j.packA {
		want = fewParts * cores
	}
	for j.parts() < want {
		high, wide := panelCount(rows, j.down), panelCount(cols, j.across)
		switch {
		case high > 1 && (j.packA || high >= wide):
			j.down = min(2*j.down, rows, panelCount(want, j.group*j.across))
		case wide > 1:
			j.across = min(2*j.across, cols)
		default:
			return
		}
	}
	for more := j.down; more < min(j.down+cores, rows+1); more++ {
		if more*j.across*j.group%cores == 0 {
			j.down = more
			break
		}
	}
}

// farA reports whether the elements of a that a tile reads lie so far apart, or so unluckily for the first cache, that it pays to pack
// them.
func (j *gemmJob) farA() bool {
	if j.a.row == 1 {
		return j.kk > 256 || j.a.col > 1024
	}
	return j.kk > 512 || j.kk > 256 && j.a.row%1024 == 0
}

// farB is the same of b. Rows of it that are a multiple of half a kilobyte apart share a few sets of the first cache.
func (j *gemmJob) farB() bool { return j.kk*j.b.row > 1<<17 || j.kk >= 64 && j.b.row%128 == 0 }

// parts is the number of blocks of c in the group at hand.
func (j *gemmJob) parts() int { return min(j.group, j.count-j.first) * j.down * j.across }

// place is the offset of matrix i of o.
func (j *gemmJob) place(o *operand, i int) int {
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
	cols := min(j.cols, j.n-j.col)
	down := i / j.across % j.down
	p0, p1 := down*j.rows/j.down, (down+1)*j.rows/j.down
	q0, q1 := panelRows(panelCount(cols, j.k.nr), j.across, i%j.across)
	if q0 == q1 { // the last columns of many may be few
		return
	}
	i0, i1 := p0*j.m/j.rows, p1*j.m/j.rows
	j.block(w, i/(j.across*j.down), i0, i1, q0*j.k.nr, min(q1*j.k.nr, cols))
}

// block computes rows i0…i1 and columns j0…j1, counted from the first column at hand, of matrix g of the group.
func (j *gemmJob) block(w *worker, g, i0, i1, j0, j1 int) {
	nr := j.k.nr
	a := j.a.x[j.place(&j.a, j.first+g)+i0*j.a.row:]
	c := j.c.x[j.place(&j.c, j.first+g)+i0*j.c.row+(j.col+j0)*j.c.col:]
	p := product{m: i1 - i0, n: j1 - j0, aRow: j.a.row, aCol: j.a.col, c: c, cRow: j.c.row, bRow: nr, bPanel: nr * j.kk}
	var b []float32
	if j.packB {
		b = j.packed[g*j.size+j0/nr*nr*j.kk:]
	} else {
		b = j.b.x[j.place(&j.b, j.first+g)+(j.col+j0)*j.b.col:]
		p.bRow, p.bPanel = j.b.row, nr
	}
	var panels []float32
	if j.packA {
		panels = w.floats(panelCount(p.m, j.k.mr) * j.k.pad * j.kc)
	}
	for k0 := 0; k0 < max(j.kk, 1); k0 += j.kc {
		p.k = min(j.kc, j.kk-k0)
		p.a, p.b = a[min(k0*j.a.col, len(a)):], b[min(k0*p.bRow, len(b)):]
		switch {
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
