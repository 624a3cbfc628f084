package cpu

import (
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// adamwArgs are the settings of an update as its kernel wants them:
//
//	g = g*scale;  m += (g-m)*c1;  v += (g*g-v)*c2;  p = p*decay - rate*m/(sqrt(v)*root+eps)
type adamwArgs struct {
	scale, c1, c2, decay, rate, root, eps float32
}

type adamwJob struct {
	k          *kernels
	p, g, m, v []float32
	args       adamwArgs
}

// AdamW implements backend.Optimizers.
func (d *Device) AdamW(p, g, m, v, scale backend.View, o backend.AdamW) {
	d.mu.Lock()
	defer d.mu.Unlock()
	by := float32(1)
	if scale.Present() {
		by = at[float32](&scale)[0]
	}
	if by-by != 0 {
		return
	}
	n := p.Numel()
	j := &d.adamw
	*j = adamwJob{k: d.k, p: at[float32](&p)[:n], g: at[float32](&g)[:n], m: at[float32](&m)[:n], v: at[float32](&v)[:n]}
	step := float64(o.Step)
	j.args = adamwArgs{
		scale: by, c1: float32(1 - o.Beta1), c2: float32(1 - o.Beta2), eps: float32(o.Eps),
		decay: float32(1 - o.LR*o.WeightDecay), rate: float32(o.LR / (1 - math.Pow(o.Beta1, step))),
		root: float32(1 / math.Sqrt(1-math.Pow(o.Beta2, step))),
	}
	d.run((n+partSize-1)/partSize, j)
	*j = adamwJob{}
}

func (j *adamwJob) part(_ *worker, i int) {
	from, to := i*partSize, min((i+1)*partSize, len(j.p))
	j.k.adamw(j.p[from:to], j.g[from:to], j.m[from:to], j.v[from:to], &j.args)
}

// ClipScale implements backend.Optimizers, in float64.
func (d *Device) ClipScale(norm, scale, squares, loss backend.View, limit float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	length, by := math.Sqrt(float64(at[float32](&squares)[0])), 1.0
	if limit > 0 {
		by = min(1, limit/(length+1e-6))
	}
	bad := length-length != 0
	if loss.Present() {
		x := at[float32](&loss)[0]
		bad = bad || x-x != 0
	}
	if bad {
		by = math.NaN()
	}
	at[float32](&norm)[0], at[float32](&scale)[0] = float32(length), float32(by)
}
