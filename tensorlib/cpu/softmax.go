package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

type softmaxJob struct {
	k        *kernels
	y, x, dy matrix // dy is present for the gradient; y is then the softmax and x the gradient that is written
	grad     bool
	log      bool
	rows     int
	group    int
}

// Softmax implements backend.Softmaxes.
func (d *Device) Softmax(y, x backend.View, log bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.softmax = softmaxJob{y: matrixOf(&y), x: matrixOf(&x), log: log}
	d.softmax.start(d, &y)
}

// SoftmaxGrad implements backend.Softmaxes: dx = y*(dy - Σ dy*y), or dy - exp(y)*Σ dy for the logarithm.
func (d *Device) SoftmaxGrad(dx, dy, y backend.View, log bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.softmax = softmaxJob{y: matrixOf(&y), x: matrixOf(&dx), dy: matrixOf(&dy), log: log, grad: true}
	d.softmax.start(d, &dx)
}

func (j *softmaxJob) start(d *Device, v *backend.View) {
	j.k, j.rows = d.k, rowsOf(v)
	if j.y.cols > 0 {
		j.group = rowGroup(j.y.cols, 4)
		d.run((j.rows+j.group-1)/j.group, j)
	}
	*j = softmaxJob{}
}

func (j *softmaxJob) part(w *worker, i int) {
	n := j.y.cols
	tmp := w.floats(4 * n)
	for r := i * j.group; r < min((i+1)*j.group, j.rows); r++ {
		if j.grad {
			j.backward(r, tmp[:n], tmp[n:2*n], tmp[2*n:3*n], tmp[3*n:])
		} else {
			j.forward(r, tmp[:n], tmp[n:2*n])
		}
	}
}

func (j *softmaxJob) forward(r int, a, b []float32) {
	x, y := j.x.row(r, a), j.y.out(r, b)
	if j.log {
		m, l := j.k.logSum(x)
		j.k.affine(y, x, 1, -m)
		j.k.affine(y, y, 1, -l)
	} else {
		j.k.softmaxRow(y, x)
	}
	j.y.put(r, y)
}

func (j *softmaxJob) backward(r int, a, b, c, e []float32) {
	y, dy, dx := j.y.row(r, a), j.dy.row(r, b), j.x.out(r, c)
	if j.log {
		s := j.k.sum(dy)
		j.k.expScale(e, y, 0, s)
		j.k.binary[backend.Sub](dx, dy, e)
	} else {
		j.k.softmaxGradRow(dx, dy, y, j.k.dot(dy, y))
	}
	j.x.put(r, dx)
}

// softmaxRow writes exp(x)/Σ exp(x).
func (k *kernels) softmaxRow(y, x []float32) {
	sum := k.expSum(y, x, k.peak(x))
	k.affine(y, y, 1/sum, 0)
}

// logSum is log Σ exp(x) as a sum m + l. Whoever subtracts it from an element of x should take m off first: the difference
// is exact then, where m + l would round away the small end of l.
func (k *kernels) logSum(x []float32) (m, l float32) {
	m = k.peak(x)
	return m, log32(k.expSum(nil, x, m))
}

// peak is the number that softmax subtracts before it exponentiates: the maximum when that is finite, else 0.
func (k *kernels) peak(x []float32) float32 {
	if m := k.max(x); m-m == 0 {
		return m
	}
	return 0
}
