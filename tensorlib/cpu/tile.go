package cpu

import "unsafe"

// tile is the argument of a matrix kernel: a product of rows × k by k × cols, with rows and cols at most a kernel's mr and nr.
// It computes, with the sum over p from 0 up, each step rounded once where the processor has fused multiply-add,
//
//	c[i, j] = add[i, j] + Σp a[i, p]*b[p, j]
//
// The strides are in bytes; elements of a row of b, c and add are neighbours. The assembly knows the order of the fields.
type tile struct {
	a, b, c, add unsafe.Pointer // add is nil for zero
	k            int
	aRow, aStep  int // from row to row of a, and from p to p+1
	bStep        int
	cRow, addRow int
	rows, cols   int
	last         uint64 // mask of the last vector, or its length: the business of the kernels

	panels                int // how many such products, at least one; the kernel counts down and moves a, c and add
	aNext, cNext, addNext int // from one to the next; addNext is 0 without add
}

// product is a matrix product whose operands the kernels can read as they lie: rows of b and c are contiguous.
type product struct {
	m, n, k    int
	a, b, c    []float32
	aRow, aCol int
	aPanel     int // distance of the panels of mr rows of a packed a, whose rows are 1 apart; 0: a is where it always was
	bRow       int
	bPanel     int // distance of the panels of nr columns of b
	cRow       int
	add        []float32 // what the product is added to, nil for zero
	addRow     int
}

// panelRows cuts m rows into panels of nearly equal height, the higher ones first: panel i of n.
func panelRows(m, n, i int) (from, to int) {
	height, more := m/n, m%n
	from = i*height + min(i, more)
	if i < more {
		height++
	}
	return from, from + height
}

// panelCount is the number of panels that hold m rows or columns, at most size each.
func panelCount(m, size int) int { return (m + size - 1) / size }

// multiply computes p on one core: panel after panel of b, which stays in the first cache while all of a goes by.
func (k *kernels) multiply(w *worker, p *product) {
	if p.m == 0 || p.n == 0 {
		return
	}
	p.check()
	t := &w.tile
	*t = tile{k: p.k, aRow: 4 * p.aRow, aStep: 4 * p.aCol, bStep: 4 * p.bRow, cRow: 4 * p.cRow, addRow: 4 * p.addRow}
	panels := panelCount(p.m, k.mr)
	higher := p.m % panels // panels of one row more than the others
	for j := 0; j*k.nr < p.n; j++ {
		t.cols = min(k.nr, p.n-j*k.nr)
		t.last = k.last(t.cols)
		t.b = pointer(p.b, j*p.bPanel)
		k.column(t, p, j*k.nr, 0, higher)
		k.column(t, p, j*k.nr, higher, panels-higher)
	}
	*t = tile{}
}

// column computes n panels of equal height, from panel i on, of the columns of t, which begin at col.
func (k *kernels) column(t *tile, p *product, col, i, n int) {
	if n == 0 {
		return
	}
	from, to := panelRows(p.m, panelCount(p.m, k.mr), i)
	rows := to - from
	t.rows, t.panels = rows, n
	t.a, t.aNext = pointer(p.a, from*p.aRow), rows*t.aRow
	if p.aPanel != 0 {
		t.a, t.aNext = pointer(p.a, i*p.aPanel), 4*p.aPanel
	}
	t.c, t.cNext = pointer(p.c, from*p.cRow+col), rows*t.cRow
	if p.add != nil {
		t.add, t.addNext = pointer(p.add, from*p.addRow+col), rows*t.addRow
	}
	width := 0
	switch {
	case 2*t.cols <= k.nr:
		width = 2
	case t.cols < k.nr:
		width = 1
	}
	k.tiles[rows][width](t)
}

// check panics, as an index does, when the corners of c or a are not in their slices: the assembly would not notice.
func (p *product) check() {
	_ = p.c[(p.m-1)*p.cRow+p.n-1]
	if p.add != nil {
		_ = p.add[(p.m-1)*p.addRow+p.n-1]
	}
	if p.k > 0 && p.aPanel == 0 {
		_ = p.a[(p.m-1)*p.aRow+(p.k-1)*p.aCol]
	}
}

// pointer is the address of x[i], and of the end when x ends there.
func pointer(x []float32, i int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(x[i:]))
}

var goTiles = [5][3]func(t *tile){
	1: {goTile, goTile, goTile}, 2: {goTile, goTile, goTile}, 3: {goTile, goTile, goTile}, 4: {goTile, goTile, goTile},
}

// goTile is the tile kernel in plain Go.
func goTile(t *tile) {
	for goPanel(t); t.panels > 1; goPanel(t) {
		t.a, t.c, t.add = unsafe.Add(t.a, t.aNext), unsafe.Add(t.c, t.cNext), unsafe.Add(t.add, t.addNext)
		t.panels--
	}
}

func goPanel(t *tile) {
	var acc [16]float32
	for i := range t.rows {
		clear(acc[:])
		a := unsafe.Add(t.a, i*t.aRow)
		for p := range t.k {
			v := *(*float32)(unsafe.Add(a, p*t.aStep))
			b := unsafe.Slice((*float32)(unsafe.Add(t.b, p*t.bStep)), t.cols)
			for j, x := range b {
				acc[j&15] += v * x
			}
		}
		c := unsafe.Slice((*float32)(unsafe.Add(t.c, i*t.cRow)), t.cols)
		if t.add == nil {
			copy(c, acc[:])
			continue
		}
		add := unsafe.Slice((*float32)(unsafe.Add(t.add, i*t.addRow)), t.cols)
		for j := range c {
			c[j] = add[j] + acc[j&15]
		}
	}
}
