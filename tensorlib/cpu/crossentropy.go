package cpu

import (
	"sync/atomic"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type lossJob struct {
	k             *kernels
	logits, grad  matrix
	losses, lse   matrix // of one column; losses holds dloss for the gradient
	ignore        int
	rows, group   int
	backwardPass  bool
	indexOfTarget indexJob
	counted       int64 // targets that are not ignored
	fault         fault
}

// CrossEntropy implements backend.CrossEntropies.
func (d *Device) CrossEntropy(losses, lse, count, logits, targets backend.View, ignore int, op string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &d.loss
	*j = lossJob{logits: matrixOf(&logits), losses: column(&losses), lse: column(&lse), ignore: ignore}
	defer func() { *j = lossJob{} }()
	j.start(d, &logits, &targets)
	at[float32](&count)[0] = float32(j.counted)
	return j.fault.of(op, j.logits.cols)
}

// CrossEntropyGrad implements backend.CrossEntropies.
func (d *Device) CrossEntropyGrad(dlogits, dloss, logits, lse, targets backend.View, ignore int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loss = lossJob{grad: matrixOf(&dlogits), losses: column(&dloss), logits: matrixOf(&logits), lse: column(&lse), ignore: ignore, backwardPass: true}
	d.loss.start(d, &logits, &targets)
	d.loss = lossJob{}
}

// column sees a vector as a matrix of one column.
func column(v *backend.View) matrix {
	w := *v
	w.Dims[w.Rank], w.Strides[w.Rank] = 1, 1
	w.Rank++
	return matrixOf(&w)
}

func (j *lossJob) start(d *Device, logits, targets *backend.View) {
	j.k, j.rows, j.indexOfTarget.index = d.k, rowsOf(logits), *targets
	j.group = rowGroup(j.logits.cols, 4)
	d.run((j.rows+j.group-1)/j.group, j)
}

func (j *lossJob) part(w *worker, i int) {
	n := j.logits.cols
	tmp := w.floats(2 * n)
	counted := 0
	for r := i * j.group; r < min((i+1)*j.group, j.rows); r++ {
		x, target := j.logits.row(r, tmp[:n]), j.indexOfTarget.number(r)
		if j.backwardPass {
			j.gradRow(r, x, tmp[n:], target)
			continue
		}
		m, l := j.k.logSum(x)
		loss := float32(0)
		if target != j.ignore {
			counted++
			if target >= 0 && target < n {
				loss = m - x[target] + l
			} else {
				j.fault.note(r, target)
				loss = notNumber
			}
		}
		j.lse.x[j.lse.at(r)], j.losses.x[j.losses.at(r)] = m+l, loss
	}
	atomic.AddInt64(&j.counted, int64(counted))
}

func (j *lossJob) gradRow(r int, x, tmp []float32, target int) {
	out := j.grad.out(r, tmp)
	switch {
	case target == j.ignore:
		clear(out)
	case target < 0 || target >= len(x):
		fill(out, notNumber)
	default:
		scale := j.losses.x[j.losses.at(r)]
		hit := exp32(x[target] - j.lse.x[j.lse.at(r)])
		j.k.expScale(out, x, j.lse.x[j.lse.at(r)], scale)
		out[target] = (hit - 1) * scale
	}
	j.grad.put(r, out)
}
