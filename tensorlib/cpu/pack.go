package cpu

const (
	packTerms  = 256 // terms of k of a panel of b that one part packs
	packPanels = 4   // panels of b that one part packs
)

// packParts is the number of parts of the packing of b.
func (j *gemmJob) packParts() int {
	panels := panelCount(min(j.cols, j.n-j.col), j.k.nr)
	return min(j.group, j.count-j.first) * panelCount(panels, packPanels) * panelCount(j.kk, packTerms)
}

// pack packs one piece of a few panels of b: packTerms terms of nr columns each.
func (j *gemmJob) pack(i int) {
	nr := j.k.nr
	cols := min(j.cols, j.n-j.col)
	pieces := panelCount(j.kk, packTerms)
	across := panelCount(panelCount(cols, nr), packPanels)
	k0, q, g := i/across%pieces*packTerms, i%across*packPanels*nr, i/across/pieces
	b := j.b.x[j.offset(&j.b, j.first+g)+k0*j.b.row+(j.col+q)*j.b.col:]
	dst := j.packed[g*j.size+q*j.kk+k0*nr:]
	j.k.copyColumns(dst, nr*j.kk, b, j.b.row, j.b.col, min(packTerms, j.kk-k0), min(packPanels*nr, cols-q))
}

// copyColumns packs rows × cols elements into panels of nr columns, which are panel apart.
func (k *kernels) copyColumns(dst []float32, panel int, src []float32, row, col, rows, cols int) {
	whole := cols / k.nr
	if col == 1 && whole > 0 {
		_, _ = dst[(whole-1)*panel+rows*k.nr-1], src[(rows-1)*row+whole*k.nr-1]
		k.copyPanels(dst, k.nr, panel, src, row, rows, k.nr, whole)
		if whole*k.nr == cols {
			return
		}
		dst, src, cols = dst[whole*panel:], src[whole*k.nr:], cols-whole*k.nr
	}
	for c := 0; c < cols; c += k.nr {
		k.copy2D(dst[c/k.nr*panel:], k.nr, src[c*col:], row, col, rows, min(k.nr, cols-c))
	}
}

// packRows packs m rows of k terms into panels of mr rows: the elements of one term are neighbours, pad apart from the next.
func (k *kernels) packRows(dst, a []float32, m, terms, row, col int) {
	panels := panelCount(m, k.mr)
	if row == 1 && terms > 0 {
		_, _ = dst[panels*terms*k.pad-1], a[(terms-1)*col+m-1]
		height, higher := m/panels, m%panels
		k.copyPanels(dst, k.pad, terms*k.pad, a, col, terms, height+1, higher)
		k.copyPanels(dst[higher*terms*k.pad:], k.pad, terms*k.pad, a[higher*(height+1):], col, terms, height, panels-higher)
		return
	}
	for i := range panels {
		from, to := panelRows(m, panels, i)
		k.copy2D(dst[i*terms*k.pad:], k.pad, a[from*row:], col, row, terms, to-from)
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
		whole := cols / k.nr
		k.copyPanels(dst, stride, k.nr, src, row, rows, k.nr, whole)
		if rest := cols - whole*k.nr; rest > 0 {
			k.copyPanels(dst[whole*k.nr:], stride, 0, src[whole*k.nr:], row, rows, rest, 1)
		}
	case row == 1:
		k.transpose(dst, stride, src, col, rows, cols)
	default:
		for i := range rows {
			gather(dst[i*stride:][:cols], src[i*row:], col)
		}
	}
}

// goCopyPanels copies rows of cols neighbours for each of so many panels.
func goCopyPanels(dst []float32, stride, panel int, src []float32, row, rows, cols, panels int) {
	for p := range panels {
		for i := range rows {
			copy(dst[p*panel+i*stride:][:cols], src[p*cols+i*row:])
		}
	}
}

// goTranspose writes dst[i, j] = src[j, i], with rows of src col apart.
func goTranspose(dst []float32, stride int, src []float32, col, rows, cols int) {
	for i := range rows {
		gather(dst[i*stride:][:cols], src[i:], col)
	}
}
