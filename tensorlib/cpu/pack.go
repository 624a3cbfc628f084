package cpu

// packTerms is how many terms of k of a panel of b one part packs.
const packTerms = 256

// packParts is the number of parts of the packing of b.
func (j *gemmJob) packParts() int {
	return min(j.group, j.count-j.first) * panelCount(min(j.cols, j.n-j.col), j.k.nr) * panelCount(j.kk, packTerms)
}

// pack packs one piece of a panel of b: nr columns of packTerms terms.
func (j *gemmJob) pack(i int) {
	nr := j.k.nr
	pieces := panelCount(j.kk, packTerms)
	panels := panelCount(min(j.cols, j.n-j.col), nr)
	k0 := i % pieces * packTerms
	panel := i / pieces % panels
	g := i / pieces / panels
	b := j.b.x[j.place(&j.b, j.first+g)+k0*j.b.row+(j.col+panel*nr)*j.b.col:]
	dst := j.packed[g*j.size+panel*nr*j.kk+k0*nr:]
	j.k.copy2D(dst, nr, b, j.b.row, j.b.col, min(packTerms, j.kk-k0), min(nr, j.n-j.col-panel*nr))
}

// packTurn is how many terms packRows takes of one panel before it goes on to the next: the cache lines it reads hold elements
// of several panels, and should still be there.
const packTurn = 32

// packRows packs m rows of k terms into panels of mr rows: the elements of one term are neighbours, pad apart from the next.
func (k *kernels) packRows(dst, a []float32, m, terms, row, col int) {
	panels := panelCount(m, k.mr)
	turn := terms
	if row == 1 {
		turn = packTurn
	}
	for t := 0; t < terms; t += turn {
		for i := range panels {
			from, to := panelRows(m, panels, i)
			k.copy2D(dst[(i*terms+t)*k.pad:], k.pad, a[from*row+t*col:], col, row, min(turn, terms-t), to-from)
		}
	}
}

// copy2D copies rows × cols elements of any strides to rows of neighbours. Each row of dst has room for whole vectors, and what
// lies behind its cols elements is overwritten.
func (k *kernels) copy2D(dst []float32, stride int, src []float32, row, col, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	_, _ = dst[(rows-1)*stride+panelCount(cols, k.pad)*k.pad-1], src[(rows-1)*row+(cols-1)*col]
	switch {
	case col == 1:
		k.copyRows(dst, stride, src, row, rows, cols)
	case row == 1:
		k.transpose(dst, stride, src, col, rows, cols)
	default:
		for i := range rows {
			gather(dst[i*stride:][:cols], src[i*row:], col)
		}
	}
}

// goCopyRows copies rows of cols neighbours.
func goCopyRows(dst []float32, stride int, src []float32, row, rows, cols int) {
	for i := range rows {
		copy(dst[i*stride:][:cols], src[i*row:])
	}
}

// goTranspose writes dst[i, j] = src[j, i], with rows of src col apart.
func goTranspose(dst []float32, stride int, src []float32, col, rows, cols int) {
	for i := range rows {
		gather(dst[i*stride:][:cols], src[i:], col)
	}
}
