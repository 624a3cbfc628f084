package tensorlib

import (
	"math"
	"slices"
)

// array is a plain float64 tensor, row-major. The functions below are the definitions that the operations are compared
// with: they share no code with them.
type array struct {
	shape []int
	x     []float64
}

func newArray(shape ...int) array {
	return array{shape, make([]float64, Shape(shape).Numel())}
}

// index turns a flat position into one index a dimension.
func (a array) index(flat int) []int {
	ix := make([]int, len(a.shape))
	for i, d := range slices.Backward(a.shape) {
		ix[i], flat = flat%d, flat/d
	}
	return ix
}

// at reads with broadcasting: leading indices that a does not have are dropped, dimensions of size 1 are repeated.
func (a array) at(ix ...int) float64 { return a.x[a.flat(ix)] }

func (a array) flat(ix []int) int {
	flat := 0
	for i, d := range a.shape {
		j := ix[len(ix)-len(a.shape)+i]
		if d == 1 {
			j = 0
		}
		flat = flat*d + j
	}
	return flat
}

// build makes an array whose element at each index is f of it.
func build(shape []int, f func(ix []int) float64) array {
	a := newArray(shape...)
	for i := range a.x {
		a.x[i] = f(a.index(i))
	}
	return a
}

func refMap(a array, f func(float64) float64) array {
	return build(a.shape, func(ix []int) float64 { return f(a.at(ix...)) })
}

func refZip(a, b array, f func(x, y float64) float64) array {
	shape := make([]int, max(len(a.shape), len(b.shape)))
	for i := range shape {
		shape[i] = 1
		for _, s := range [][]int{a.shape, b.shape} {
			if j := i - (len(shape) - len(s)); j >= 0 && s[j] != 1 {
				shape[i] = s[j]
			}
		}
	}
	return build(shape, func(ix []int) float64 { return f(a.at(ix...), b.at(ix...)) })
}

// refFold folds dimension dim, keeping it with size 1.
func refFold(a array, dim int, f func(xs []float64) float64) array {
	shape := slices.Clone(a.shape)
	shape[dim] = 1
	return build(shape, func(ix []int) float64 {
		xs := make([]float64, a.shape[dim])
		for i := range xs {
			ix[dim] = i
			xs[i] = a.at(ix...)
		}
		return f(xs)
	})
}

func refSum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

func refMean(xs []float64) float64 { return refSum(xs) / float64(len(xs)) }

func refReshape(a array, shape ...int) array { return array{shape, a.x} }

// refRows applies f to every row along the last dimension.
func refRows(a array, f func(row []float64) []float64) array {
	out := newArray(a.shape...)
	n := a.shape[len(a.shape)-1]
	for i := 0; i < len(a.x); i += n {
		copy(out.x[i:], f(a.x[i:i+n]))
	}
	return out
}

func refSoftmaxRow(row []float64) []float64 {
	top, sum := slices.Max(row), 0.0
	out := make([]float64, len(row))
	for i, x := range row {
		out[i] = math.Exp(x - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func refMatMul(a, b array) array {
	M, K, N := a.shape[len(a.shape)-2], a.shape[len(a.shape)-1], b.shape[len(b.shape)-1]
	lead := refZip(newArray(a.shape[:len(a.shape)-2]...), newArray(b.shape[:len(b.shape)-2]...), math.Max).shape
	return build(append(slices.Clone(lead), M, N), func(ix []int) float64 {
		sum, ia, ib := 0.0, slices.Clone(ix), slices.Clone(ix)
		for k := range K {
			ia[len(ia)-1], ib[len(ib)-2] = k, k
			sum += a.at(ia...) * b.at(ib...)
		}
		return sum
	})
}

func refLayerNorm(x, w, b array, eps float64) array {
	return refRows(x, func(row []float64) []float64 {
		mean, variance := refMean(row), 0.0
		for _, x := range row {
			variance += (x - mean) * (x - mean) / float64(len(row))
		}
		out := make([]float64, len(row))
		for i, x := range row {
			out[i] = (x-mean)/math.Sqrt(variance+eps)*w.x[i] + b.x[i]
		}
		return out
	})
}

func refTranspose(a array, i, j int) array {
	shape := slices.Clone(a.shape)
	shape[i], shape[j] = shape[j], shape[i]
	return build(shape, func(ix []int) float64 {
		ix[i], ix[j] = ix[j], ix[i]
		return a.at(ix...)
	})
}

// refSlice is part [from, to) of dimension dim.
func refSlice(a array, dim, from, to int) array {
	shape := slices.Clone(a.shape)
	shape[dim] = to - from
	return build(shape, func(ix []int) float64 {
		ix[dim] += from
		return a.at(ix...)
	})
}

func refAttention(q, k, v array, causal bool) array {
	T, S, D := q.shape[2], k.shape[2], q.shape[3]
	scores := refMap(refMatMul(q, refTranspose(k, 2, 3)), func(x float64) float64 { return x / math.Sqrt(float64(D)) })
	if causal {
		scores = build(scores.shape, func(ix []int) float64 {
			if ix[3] > ix[2]+S-T {
				return math.Inf(-1)
			}
			return scores.at(ix...)
		})
	}
	return refMatMul(refRows(scores, refSoftmaxRow), v)
}

// refAttentionFirst is causal attention in which query t of row b sees the keys from first[b*T+t] on; with no key the result is 0.
func refAttentionFirst(q, k, v array, first []int) array {
	T, D := q.shape[2], q.shape[3]
	scores := refMatMul(q, refTranspose(k, 2, 3))
	weights := build(scores.shape, func(ix []int) float64 {
		sum, own := 0.0, 0.0
		for s := first[ix[0]*T+ix[2]]; s <= ix[2]; s++ {
			e := math.Exp(scores.at(ix[0], ix[1], ix[2], s) / math.Sqrt(float64(D)))
			sum += e
			if s == ix[3] {
				own = e
			}
		}
		if own == 0 {
			return 0
		}
		return own / sum
	})
	return refMatMul(weights, v)
}

func refCrossEntropy(logits array, targets []int) array {
	V := logits.shape[len(logits.shape)-1]
	sum, count := 0.0, 0
	for i, target := range targets {
		if target != IgnoreTarget {
			sum -= math.Log(refSoftmaxRow(logits.x[i*V : (i+1)*V])[target])
			count++
		}
	}
	return array{nil, []float64{sum / float64(count)}}
}

func refGELU(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }

func refGELUTanh(x float64) float64 {
	return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}
