package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// normBlock is how many rows add up in one partial sum of dw and db.
const normBlock = 32

type normJob struct {
	k              *kernels
	x, y           matrix // y is dx for the gradient
	dy             matrix
	mean, rstd     matrix
	eps            float32
	rows, group    int
	backwardPass   bool
	accumulate     bool      // dx
	partial        []float32 // (blocks, 2, C): dw and db of each block of rows
	weights, biass []float32 // w and b as neighbours
}

// LayerNorm implements backend.LayerNorms.
func (d *Device) LayerNorm(y, mean, rstd, x, w, b backend.View, eps float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.norm = normJob{k: d.k, x: matrixOf(&x), y: matrixOf(&y), mean: column(&mean), rstd: column(&rstd), eps: eps, rows: rowsOf(&x)}
	j := &d.norm
	C := j.x.cols
	row := d.shared(2 * C)
	j.weights, j.biass = vector(&w, row[:C]), vector(&b, row[C:])
	j.group = rowGroup(C, 2)
	d.run((j.rows+j.group-1)/j.group, j)
	*j = normJob{}
}

// vector is v as neighbouring elements, gathered in tmp when they are not; nil when v is absent.
func vector(v *backend.View, tmp []float32) []float32 {
	if !v.Present() {
		return nil
	}
	m := matrixOf(v)
	return m.row(0, tmp)
}

// LayerNormGrad implements backend.LayerNorms. Each block of rows sums its share of dw and db; the blocks are added in order.
func (d *Device) LayerNormGrad(dx, dw, db, dy, x, w, mean, rstd backend.View, add bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.norm = normJob{
		k: d.k, x: matrixOf(&x), y: matrixOf(&dx), dy: matrixOf(&dy), mean: column(&mean), rstd: column(&rstd),
		rows: rowsOf(&x), backwardPass: true, group: normBlock, accumulate: add,
	}
	j := &d.norm
	C := j.x.cols
	blocks := (j.rows + normBlock - 1) / normBlock
	mem := d.shared((2*blocks + 1) * C)
	j.weights, j.partial = vector(&w, mem[2*blocks*C:]), mem[:2*blocks*C]
	d.run(blocks, j)
	for i := range blocks {
		j.add(&dw, j.partial[2*i*C:][:C])
		if db.Present() {
			j.add(&db, j.partial[(2*i+1)*C:][:C])
		}
	}
	*j = normJob{}
}

// add adds row to a vector.
func (j *normJob) add(v *backend.View, row []float32) {
	m := matrixOf(v)
	if m.stride == 1 {
		j.k.binary[backend.Add](m.x[:m.cols], m.x[:m.cols], row)
		return
	}
	for i, x := range row {
		m.x[i*m.stride] += x
	}
}

func (j *normJob) part(w *worker, i int) {
	C := j.x.cols
	tmp := w.floats(4 * C)
	if j.backwardPass {
		clear(j.partial[2*i*C:][:2*C])
	}
	for r := i * j.group; r < min((i+1)*j.group, j.rows); r++ {
		x, y := j.x.row(r, tmp[:C]), j.y.out(r, tmp[C:2*C])
		mean, rstd := &j.mean.x[j.mean.at(r)], &j.rstd.x[j.rstd.at(r)]
		if j.backwardPass {
			dy := j.dy.row(r, tmp[2*C:3*C])
			var add []float32
			if j.accumulate {
				add = j.y.row(r, tmp[3*C:])
			}
			j.k.normGrad(y, add, j.partial[2*i*C:][:C], j.partial[(2*i+1)*C:][:C], dy, x, j.weights, *mean, *rstd)
		} else {
			*mean, *rstd = j.k.normStats(x, j.eps)
			j.k.normApply(y, x, j.weights, j.biass, *mean, *rstd)
		}
		j.y.put(r, y)
	}
}

// normStats are the mean of x and 1/sqrt(variance + eps).
func (k *kernels) normStats(x []float32, eps float32) (mean, rstd float32) {
	n := float32(len(x))
	mean = k.sum(x) / n
	return mean, 1 / sqrt32(k.squaresAround(x, mean)/n+eps)
}
