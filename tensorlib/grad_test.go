package tensorlib

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/compose"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// gradCase is an operation, the definition it must agree with, and the inputs to try. Sizes are odd on purpose.
type gradCase struct {
	name   string
	shapes [][]int
	low    float64 // inputs are drawn from [low, low+4); 0 means [-2, 2)
	op     func(in []*Tensor) *Tensor
	ref    func(in []array) array
}

func unaryCase(name string, low float64, op func(*Tensor) *Tensor, ref func(float64) float64) gradCase {
	return gradCase{
		name,
		[][]int{{3, 37}},
		low,
		func(in []*Tensor) *Tensor { return op(in[0]) },
		func(in []array) array { return refMap(in[0], ref) },
	}
}

func binaryCase(name string, low float64, op func(a, b *Tensor) *Tensor, ref func(a, b float64) float64, shapes ...[]int) gradCase {
	return gradCase{
		fmt.Sprint(name, shapes), shapes, low,
		func(in []*Tensor) *Tensor { return op(in[0], in[1]) },
		func(in []array) array { return refZip(in[0], in[1], ref) },
	}
}

func s(dims ...int) []int { return dims }

func elementwiseCases() []gradCase {
	cases := []gradCase{
		unaryCase("Neg", 0, (*Tensor).Neg, func(x float64) float64 { return -x }),
		unaryCase("Abs", 0, (*Tensor).Abs, math.Abs),
		unaryCase("Square", 0, (*Tensor).Square, func(x float64) float64 { return x * x }),
		unaryCase("Sqrt", 0.2, (*Tensor).Sqrt, math.Sqrt),
		unaryCase("Rsqrt", 0.2, (*Tensor).Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }),
		unaryCase("Recip", 0.2, (*Tensor).Recip, func(x float64) float64 { return 1 / x }),
		unaryCase("Exp", 0, (*Tensor).Exp, math.Exp),
		unaryCase("Log", 0.2, (*Tensor).Log, math.Log),
		unaryCase("Sin", 0, (*Tensor).Sin, math.Sin),
		unaryCase("Cos", 0, (*Tensor).Cos, math.Cos),
		unaryCase("Tanh", 0, (*Tensor).Tanh, math.Tanh),
		unaryCase("Sigmoid", 0, (*Tensor).Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
		unaryCase("ReLU", 0, (*Tensor).ReLU, func(x float64) float64 { return max(x, 0) }),
		unaryCase("SiLU", 0, (*Tensor).SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }),
		unaryCase("GELU", 0, (*Tensor).GELU, refGELU),
		unaryCase("GELUTanh", 0, (*Tensor).GELUTanh, refGELUTanh),
		unaryCase("Scale", 0, func(t *Tensor) *Tensor { return t.Scale(-1.5) }, func(x float64) float64 { return -1.5 * x }),
		unaryCase("AddScalar", 0, func(t *Tensor) *Tensor { return t.AddScalar(2.5) }, func(x float64) float64 { return x + 2.5 }),
		unaryCase("twice used", 0, func(t *Tensor) *Tensor { return t.Mul(t).Add(t).Add(t.Sin()).Sub(t) },
			func(x float64) float64 { return x*x + math.Sin(x) }),
	}
	pairs := [][2][]int{{s(3, 17), s(3, 17)}, {s(3, 17), s(17)}, {s(5, 1, 7), s(3, 1)}, {s(1), s(2, 3)}, {s(), s(4)}}
	for _, p := range pairs {
		a, b := p[0], p[1]
		cases = append(cases,
			binaryCase("Add", 0, (*Tensor).Add, func(x, y float64) float64 { return x + y }, a, b),
			binaryCase("Sub", 0, (*Tensor).Sub, func(x, y float64) float64 { return x - y }, a, b),
			binaryCase("Mul", 0, (*Tensor).Mul, func(x, y float64) float64 { return x * y }, a, b),
			binaryCase("Div", 0.5, (*Tensor).Div, func(x, y float64) float64 { return x / y }, a, b),
			binaryCase("Pow", 0.5, (*Tensor).Pow, math.Pow, a, b),
			binaryCase("Maximum", 0, (*Tensor).Maximum, math.Max, a, b),
			binaryCase("Minimum", 0, (*Tensor).Minimum, math.Min, a, b),
			binaryCase("Where", 0, func(a, b *Tensor) *Tensor { return Where(a.Gt(b), a.Square(), b) },
				func(x, y float64) float64 {
					if x > y {
						return x * x
					}
					return y
				}, a, b),
		)
	}
	return cases
}

func viewCases() []gradCase {
	one := func(name string, shape []int, op func(*Tensor) *Tensor, ref func(array) array) gradCase {
		return gradCase{
			name,
			[][]int{shape},
			0,
			func(in []*Tensor) *Tensor { return op(in[0]) },
			func(in []array) array { return ref(in[0]) },
		}
	}
	return []gradCase{
		one("Reshape", s(3, 10), func(t *Tensor) *Tensor { return t.Reshape(5, -1) }, func(a array) array { return refReshape(a, 5, 6) }),
		one("Transpose", s(2, 3, 5), func(t *Tensor) *Tensor { return t.Transpose(0, 2) }, func(a array) array { return refTranspose(a, 0, 2) }),
		one("Transpose Reshape", s(2, 3, 5), func(t *Tensor) *Tensor { return t.Transpose(1, 2).Reshape(2, 15) },
			func(a array) array { return refReshape(refTranspose(a, 1, 2), 2, 15) }),
		one("Permute", s(2, 3, 5), func(t *Tensor) *Tensor { return t.Permute(2, 0, 1) },
			func(a array) array { return refTranspose(refTranspose(a, 0, 2), 1, 2) }),
		one("T", s(3, 5), func(t *Tensor) *Tensor { return t.T() }, func(a array) array { return refTranspose(a, 0, 1) }),
		one("To", s(3, 5), func(t *Tensor) *Tensor { return t.To(Float32) }, func(a array) array { return a }),
		one("Contiguous", s(3, 5), func(t *Tensor) *Tensor { return t.T().Contiguous() }, func(a array) array { return refTranspose(a, 0, 1) }),
		one("Slice", s(7, 5), func(t *Tensor) *Tensor { return t.Slice(0, 2, 5) }, func(a array) array { return refSlice(a, 0, 2, 5) }),
		one("Slice twice", s(7, 5), func(t *Tensor) *Tensor { return t.Slice(0, 2, 5).Add(t.Slice(0, 3, 6)).Slice(1, 1, 4) },
			func(a array) array {
				sum := refZip(refSlice(a, 0, 2, 5), refSlice(a, 0, 3, 6), func(x, y float64) float64 { return x + y })
				return refSlice(sum, 1, 1, 4)
			}),
		one("Select", s(4, 3, 5), func(t *Tensor) *Tensor { return t.Select(1, -1) },
			func(a array) array { return refReshape(refSlice(a, 1, 2, 3), 4, 5) }),
		one("Unsqueeze", s(4, 3), func(t *Tensor) *Tensor { return t.Unsqueeze(1) }, func(a array) array { return refReshape(a, 4, 1, 3) }),
		one("Squeeze", s(4, 1, 3), func(t *Tensor) *Tensor { return t.Squeeze() }, func(a array) array { return refReshape(a, 4, 3) }),
		one("Expand", s(3, 1), func(t *Tensor) *Tensor { return t.Expand(2, 3, 5) },
			func(a array) array { return refZip(a, newArray(2, 3, 5), func(x, _ float64) float64 { return x }) }),
		one("Expand twice", s(3, 1), func(t *Tensor) *Tensor { return t.Expand(3, 5).Add(t.Expand(3, 5)) },
			func(a array) array { return refZip(a, newArray(3, 5), func(x, _ float64) float64 { return 2 * x }) }),
		one("Clone", s(3, 5), func(t *Tensor) *Tensor { return t.T().Clone() }, func(a array) array { return refTranspose(a, 0, 1) }),
		one("Split", s(3, 6), func(t *Tensor) *Tensor { p := t.Split(1, 3); return p[2].Mul(p[0]) },
			func(a array) array {
				return refZip(refSlice(a, 1, 4, 6), refSlice(a, 1, 0, 2), func(x, y float64) float64 { return x * y })
			}),
		{
			"Concat",
			[][]int{s(3, 2), s(3, 5), s(3, 1)},
			0,
			func(in []*Tensor) *Tensor { return Concat(1, in[0], in[1].Square(), in[2], in[0]) },
			func(in []array) array {
				return build(s(3, 10), func(ix []int) float64 {
					switch r, c := ix[0], ix[1]; {
					case c < 2:
						return in[0].at(r, c)
					case c < 7:
						return math.Pow(in[1].at(r, c-2), 2)
					case c < 8:
						return in[2].at(r, 0)
					default:
						return in[0].at(r, c-8)
					}
				})
			},
		},
		{
			"Concat of many",
			[][]int{s(2), s(3), s(1), s(0), s(2), s(4)},
			0,
			func(in []*Tensor) *Tensor { return Concat(0, append(in, in[1], in[1])...) },
			func(in []array) array {
				return array{s(18), slices.Concat(in[0].x, in[1].x, in[2].x, in[3].x, in[4].x, in[5].x, in[1].x, in[1].x)}
			},
		},
		{
			"Stack",
			[][]int{s(3, 2), s(3, 2)},
			0,
			func(in []*Tensor) *Tensor { return Stack(-1, in[0], in[1]) },
			func(in []array) array {
				return build(s(3, 2, 2), func(ix []int) float64 { return in[ix[2]].at(ix[0], ix[1]) })
			},
		},
	}
}

func reduceCases() []gradCase {
	var cases []gradCase
	folds := []struct {
		name string
		op   func(*Tensor, ...int) *Tensor
		ref  func([]float64) float64
	}{
		{"Sum", (*Tensor).SumKeep, refSum},
		{"Mean", (*Tensor).MeanKeep, refMean},
		{"Max", (*Tensor).MaxKeep, func(xs []float64) float64 { return slices.Max(xs) }},
		{"Min", (*Tensor).MinKeep, func(xs []float64) float64 { return slices.Min(xs) }},
	}
	for _, f := range folds {
		for dim := range 3 {
			cases = append(cases, gradCase{
				fmt.Sprint(f.name, dim),
				[][]int{{3, 5, 19}},
				0,
				func(in []*Tensor) *Tensor { return f.op(in[0], dim) },
				func(in []array) array { return refFold(in[0], dim, f.ref) },
			})
		}
	}
	all := func(name string, op func(*Tensor) *Tensor, ref func(array) array) gradCase {
		return gradCase{
			name,
			[][]int{{7, 33}},
			0,
			func(in []*Tensor) *Tensor { return op(in[0]) }, func(in []array) array { return ref(in[0]) },
		}
	}
	return append(cases,
		all("Sum all", func(t *Tensor) *Tensor { return t.Sum() }, func(a array) array { return array{nil, []float64{refSum(a.x)}} }),
		all("Mean 1", func(t *Tensor) *Tensor { return t.Mean(1) }, func(a array) array { return refReshape(refFold(a, 1, refMean), 7) }),
		all("Var", func(t *Tensor) *Tensor { return t.Var(-1) }, func(a array) array {
			return refReshape(refFold(a, 1, func(xs []float64) float64 {
				m, v := refMean(xs), 0.0
				for _, x := range xs {
					v += (x - m) * (x - m)
				}
				return v / float64(len(xs))
			}), 7)
		}),
		all("Softmax", (*Tensor).Softmax, func(a array) array { return refRows(a, refSoftmaxRow) }),
		all("LogSoftmax", (*Tensor).LogSoftmax, func(a array) array { return refMap(refRows(a, refSoftmaxRow), math.Log) }),
		all("Softmax transposed", func(t *Tensor) *Tensor { return t.T().Softmax() }, func(a array) array { return refRows(refTranspose(a, 0, 1), refSoftmaxRow) }),
		all("GELU transposed", func(t *Tensor) *Tensor { return t.T().GELU() }, func(a array) array { return refMap(refTranspose(a, 0, 1), refGELU) }),
		all("Sum of a slice", func(t *Tensor) *Tensor { return t.Slice(1, 5, 9).Sum(0) }, func(a array) array {
			return refReshape(refFold(refSlice(a, 1, 5, 9), 0, refSum), 4)
		}),
		all("Dropout", func(t *Tensor) *Tensor { return t.Dropout(0.3, Key{Seed: 4, Stream: 5}) }, func(a array) array {
			kept := array{a.shape, slices.Clone(a.x)}
			for i := range kept.x {
				if w := philox(Key{Seed: 4, Stream: 5}, uint64(i)/4)[i%4]; float32(w>>8)/(1<<24) < 0.3 {
					kept.x[i] = 0
				}
				kept.x[i] /= 0.7
			}
			return kept
		}),
		all("MaskedFill", func(t *Tensor) *Tensor { return t.MaskedFill(Arange(33).Ge(New(20)), -2) }, func(a array) array {
			return build(a.shape, func(ix []int) float64 {
				if ix[1] >= 20 {
					return -2
				}
				return a.at(ix...)
			})
		}),
		all("Dropout 0", func(t *Tensor) *Tensor { return t.Dropout(0, Key{}) }, func(a array) array { return a }),
	)
}

func linearCases() []gradCase {
	var cases []gradCase
	for _, p := range [][2][]int{
		{s(3, 5), s(5, 7)},
		{s(17, 33), s(33, 19)},
		{s(2, 3, 5), s(5, 7)},
		{s(2, 3, 5), s(2, 5, 4)},
		{s(2, 1, 3, 5), s(4, 5, 3)},
		{s(3, 5), s(2, 5, 3)},
	} {
		cases = append(cases, gradCase{
			fmt.Sprint("MatMul", p), p[:], 0,
			func(in []*Tensor) *Tensor { return in[0].MatMul(in[1]) },
			func(in []array) array { return refMatMul(in[0], in[1]) },
		})
	}
	plus := func(x, y float64) float64 { return x + y }
	return append(cases,
		gradCase{
			"MatMul vector",
			[][]int{{5}, {5, 7}},
			0,
			func(in []*Tensor) *Tensor { return in[0].MatMul(in[1]) },
			func(in []array) array { return refReshape(refMatMul(refReshape(in[0], 1, 5), in[1]), 7) },
		},
		gradCase{
			"MatMul dot",
			[][]int{{5}, {5}},
			0,
			func(in []*Tensor) *Tensor { return in[0].MatMul(in[1]) },
			func(in []array) array { return refReshape(refMatMul(refReshape(in[0], 1, 5), refReshape(in[1], 5, 1))) },
		},
		gradCase{
			"MatMul of transposed",
			[][]int{{5, 3}, {7, 5}},
			0,
			func(in []*Tensor) *Tensor { return in[0].T().MatMul(in[1].T()) },
			func(in []array) array { return refMatMul(refTranspose(in[0], 0, 1), refTranspose(in[1], 0, 1)) },
		},
		gradCase{
			"Linear",
			[][]int{{2, 3, 5}, {5, 7}, {7}},
			0,
			func(in []*Tensor) *Tensor { return Linear(in[0], in[1], in[2]) },
			func(in []array) array { return refZip(refMatMul(in[0], in[1]), in[2], plus) },
		},
		gradCase{
			"Linear of a transposed",
			[][]int{{5, 3}, {5, 7}, {7}},
			0,
			func(in []*Tensor) *Tensor { return Linear(in[0].T(), in[1], in[2]) },
			func(in []array) array { return refZip(refMatMul(refTranspose(in[0], 0, 1), in[1]), in[2], plus) },
		},
		gradCase{
			"AddMatMul",
			[][]int{{2, 3, 5}, {5, 7}, {2, 3, 7}},
			0,
			func(in []*Tensor) *Tensor { return in[2].AddMatMul(in[0], in[1]) },
			func(in []array) array { return refZip(refMatMul(in[0], in[1]), in[2], plus) },
		},
		gradCase{
			"AddMatMul of transposed",
			[][]int{{5, 3}, {5, 7}, {7, 3}},
			0,
			func(in []*Tensor) *Tensor { return in[2].T().AddMatMul(in[0].T(), in[1]) },
			func(in []array) array {
				return refZip(refMatMul(refTranspose(in[0], 0, 1), in[1]), refTranspose(in[2], 0, 1), plus)
			},
		},
		gradCase{
			"LinearT",
			[][]int{{2, 3, 5}, {7, 5}},
			0,
			func(in []*Tensor) *Tensor { return LinearT(in[0], in[1]) },
			func(in []array) array { return refMatMul(in[0], refTranspose(in[1], 0, 1)) },
		},
		gradCase{
			"a weight used twice",
			[][]int{{3, 5}, {5, 5}},
			0,
			func(in []*Tensor) *Tensor { return LinearT(in[0].MatMul(in[1]), in[1]) },
			func(in []array) array { return refMatMul(refMatMul(in[0], in[1]), refTranspose(in[1], 0, 1)) },
		},
	)
}

func fusedCases() []gradCase {
	targets := []int{2, 0, IgnoreTarget, 12, 5, 2}
	idx := []int{4, 0, 4, 4, 1, 0}
	cases := []gradCase{
		{
			"LayerNorm",
			[][]int{{2, 3, 37}, {37}, {37}},
			0,
			func(in []*Tensor) *Tensor { return LayerNorm(in[0], in[1], in[2], 1e-5) },
			func(in []array) array { return refLayerNorm(in[0], in[1], in[2], 1e-5) },
		},
		{
			"LayerNorm no bias",
			[][]int{{5, 16}, {16}},
			0,
			func(in []*Tensor) *Tensor { return LayerNorm(in[0], in[1], nil, 1e-5) },
			func(in []array) array { return refLayerNorm(in[0], in[1], newArray(16), 1e-5) },
		},
		{
			"LayerNorm in a residual",
			[][]int{{5, 16}, {16}},
			0,
			func(in []*Tensor) *Tensor { return in[0].Add(LayerNorm(in[0], in[1], nil, 1e-5)) },
			func(in []array) array {
				return refZip(in[0], refLayerNorm(in[0], in[1], newArray(16), 1e-5), func(x, y float64) float64 { return x + y })
			},
		},
		{
			"CrossEntropy",
			[][]int{{2, 3, 13}},
			0,
			func(in []*Tensor) *Tensor { return CrossEntropy(in[0], New(targets, 2, 3)) },
			func(in []array) array { return refCrossEntropy(in[0], targets) },
		},
		{
			"CrossEntropySum",
			[][]int{{2, 3, 13}},
			0,
			func(in []*Tensor) *Tensor { return CrossEntropySum(in[0], New(targets, 2, 3)).Scale(0.5) },
			func(in []array) array {
				return refMap(refCrossEntropy(in[0], targets), func(x float64) float64 { return x * 5 / 2 })
			},
		},
		{
			"CrossEntropy transposed",
			[][]int{{13, 6}},
			0,
			func(in []*Tensor) *Tensor { return CrossEntropy(in[0].T(), New(targets).To(Int32)) },
			func(in []array) array { return refCrossEntropy(refTranspose(in[0], 0, 1), targets) },
		},
		{
			"Embedding",
			[][]int{{5, 7}},
			0,
			func(in []*Tensor) *Tensor { return Embedding(in[0], New(idx, 3, 2)) },
			func(in []array) array {
				return build(s(3, 2, 7), func(ix []int) float64 { return in[0].at(idx[ix[0]*2+ix[1]], ix[2]) })
			},
		},
		{
			"Recompute",
			[][]int{{3, 5}, {5, 4}, {3, 4}},
			0,
			func(in []*Tensor) *Tensor {
				y := Recompute(func(xs ...*Tensor) *Tensor { return xs[0].MatMul(in[1]).Sin() }, in[0])
				return y.Mul(in[2]).Add(y)
			},
			func(in []array) array {
				y := refMap(refMatMul(in[0], in[1]), math.Sin)
				return refZip(y, in[2], func(x, y float64) float64 { return x*y + x })
			},
		},
		{
			"AttentionPacked",
			[][]int{{2, 9, 3 * 10}},
			0,
			func(in []*Tensor) *Tensor { return AttentionPacked(in[0], 2, true) },
			func(in []array) array {
				part := func(i int) array {
					return refTranspose(refReshape(refSlice(in[0], 2, i*10, i*10+10), 2, 9, 2, 5), 1, 2)
				}
				return refReshape(refTranspose(refAttention(part(0), part(1), part(2), true), 1, 2), 2, 9, 10)
			},
		},
	}
	first := []int{0, 0, 2, 2, 2, 5, 5, 3, 3, 3, 3, 3, 3, 3} // documents of 2, 3 and 2; one with padding on the left
	seen := func() AttentionOptions { return AttentionOptions{Causal: true, First: New(first, 2, 7).To(Int32)} }
	cases = append(cases,
		gradCase{
			"AttentionWith first",
			[][]int{{2, 3, 7, 5}, {2, 3, 7, 5}, {2, 3, 7, 5}},
			0,
			func(in []*Tensor) *Tensor { return AttentionWith(in[0], in[1], in[2], seen()) },
			func(in []array) array { return refAttentionFirst(in[0], in[1], in[2], first) },
		},
		gradCase{
			"AttentionPackedWith first",
			[][]int{{2, 7, 3 * 10}},
			0,
			func(in []*Tensor) *Tensor { return AttentionPackedWith(in[0], 2, seen()) },
			func(in []array) array {
				part := func(i int) array {
					return refTranspose(refReshape(refSlice(in[0], 2, i*10, i*10+10), 2, 7, 2, 5), 1, 2)
				}
				return refReshape(refTranspose(refAttentionFirst(part(0), part(1), part(2), first), 1, 2), 2, 7, 10)
			},
		},
	)
	for _, causal := range []bool{false, true} {
		for _, shapes := range [][][]int{{{2, 3, 7, 5}, {2, 3, 7, 5}, {2, 3, 7, 5}}, {{1, 2, 3, 8}, {1, 2, 6, 8}, {1, 2, 6, 8}}} {
			cases = append(cases, gradCase{
				fmt.Sprint("Attention causal=", causal, shapes[:2]), shapes, 0,
				func(in []*Tensor) *Tensor { return Attention(in[0], in[1], in[2], causal) },
				func(in []array) array { return refAttention(in[0], in[1], in[2], causal) },
			})
		}
	}
	return cases
}

// smallCases are tensors of one element and of none, where loops and divisions go wrong.
func smallCases() []gradCase {
	var cases []gradCase
	ident := func(in []array) array { return in[0] }
	for _, shape := range [][]int{{}, {1}, {1, 1}, {0}, {0, 3}, {3, 0}} {
		cases = append(cases,
			gradCase{
				fmt.Sprint("GELU of ", shape),
				[][]int{shape},
				0, func(in []*Tensor) *Tensor { return in[0].GELU() },
				func(in []array) array { return refMap(in[0], refGELU) },
			},
			gradCase{
				fmt.Sprint("Mul of ", shape),
				[][]int{shape, shape},
				0, func(in []*Tensor) *Tensor { return in[0].Mul(in[1]) },
				func(in []array) array { return refZip(in[0], in[1], func(x, y float64) float64 { return x * y }) },
			},
			gradCase{
				fmt.Sprint("Add of one to ", shape),
				[][]int{shape, {1}},
				0, func(in []*Tensor) *Tensor { return in[0].Add(in[1]) },
				func(in []array) array {
					if len(shape) == 0 {
						return array{[]int{1}, []float64{in[0].x[0] + in[1].x[0]}}
					}
					return refZip(in[0], in[1], func(x, y float64) float64 { return x + y })
				},
			},
			gradCase{
				fmt.Sprint("Sum of ", shape),
				[][]int{shape},
				0, func(in []*Tensor) *Tensor { return in[0].Sum() },
				func(in []array) array { return array{nil, []float64{refSum(in[0].x)}} },
			},
			gradCase{fmt.Sprint("Clone of ", shape), [][]int{shape}, 0, func(in []*Tensor) *Tensor { return in[0].Clone() }, ident},
			gradCase{fmt.Sprint("Dropout of ", shape), [][]int{shape}, 0, func(in []*Tensor) *Tensor { return in[0].Dropout(0, Key{}) }, ident},
		)
	}
	for _, z := range [][3]int{{1, 1, 1}, {0, 2, 3}, {2, 0, 3}, {2, 3, 0}} {
		m, k, n := z[0], z[1], z[2]
		cases = append(cases,
			gradCase{
				fmt.Sprint("MatMul of ", z),
				[][]int{{m, k}, {k, n}},
				0, func(in []*Tensor) *Tensor { return in[0].MatMul(in[1]) },
				func(in []array) array { return refMatMul(in[0], in[1]) },
			},
			gradCase{
				fmt.Sprint("Linear of ", z),
				[][]int{{m, k}, {k, n}, {n}},
				0, func(in []*Tensor) *Tensor { return Linear(in[0], in[1], in[2]) },
				func(in []array) array {
					return refZip(refMatMul(in[0], in[1]), in[2], func(x, y float64) float64 { return x + y })
				},
			},
			gradCase{
				fmt.Sprint("AddMatMul of ", z),
				[][]int{{m, k}, {k, n}, {m, n}},
				0, func(in []*Tensor) *Tensor { return in[2].AddMatMul(in[0], in[1]) },
				func(in []array) array {
					return refZip(refMatMul(in[0], in[1]), in[2], func(x, y float64) float64 { return x + y })
				},
			},
		)
	}
	for _, rows := range []int{0, 1} {
		shape := []int{rows, 3}
		cases = append(cases,
			gradCase{
				fmt.Sprint("Softmax of ", shape),
				[][]int{shape},
				0, func(in []*Tensor) *Tensor { return in[0].Softmax() },
				func(in []array) array { return refRows(in[0], refSoftmaxRow) },
			},
			gradCase{
				fmt.Sprint("LayerNorm of ", shape),
				[][]int{shape, {3}, {3}},
				0, func(in []*Tensor) *Tensor { return LayerNorm(in[0], in[1], in[2], 1e-5) },
				func(in []array) array { return refLayerNorm(in[0], in[1], in[2], 1e-5) },
			},
			gradCase{
				fmt.Sprint("Embedding of ", rows),
				[][]int{{2, 3}},
				0, func(in []*Tensor) *Tensor { return Embedding(in[0], Arange(rows)) },
				func(in []array) array { return refSlice(in[0], 0, 0, rows) },
			},
			gradCase{
				fmt.Sprint("Concat with ", shape),
				[][]int{{2, 3}, shape},
				0, func(in []*Tensor) *Tensor { return Concat(0, in[0], in[1]) },
				func(in []array) array {
					return array{[]int{2 + rows, 3}, slices.Concat(in[0].x, in[1].x)}
				},
			},
			gradCase{
				fmt.Sprint("Attention of ", rows),
				[][]int{{1, rows, 2, 3}, {1, rows, 2, 3}, {1, rows, 2, 3}},
				0,
				func(in []*Tensor) *Tensor { return Attention(in[0], in[1], in[2], true) },
				func(in []array) array { return refAttention(in[0], in[1], in[2], true) },
			},
		)
	}
	return cases
}

func gradCases() []gradCase {
	return slices.Concat(elementwiseCases(), viewCases(), reduceCases(), linearCases(), fusedCases(), smallCases())
}

// coreOnly is a device without any family of operations: they are composed.
type coreOnly struct{ backend.Device }

// TestGradients tries every case on every set of kernels that this processor runs, and on a device with the core alone; with -short on the
// best and on that.
func TestGradients(t *testing.T) {
	run := func(name string, dev backend.Device) {
		t.Run(name, func(t *testing.T) {
			useDevice(t, dev)
			for _, c := range gradCases() {
				t.Run(c.name, func(t *testing.T) { checkGradient(t, c, false) })
				t.Run(c.name+" summed", func(t *testing.T) { checkGradient(t, c, true) })
			}
		})
	}
	run("core", coreOnly{cpu.New()})
	for _, isa := range []string{"avx512", "avx2", "go"} {
		dev, err := cpu.NewWith(cpu.Options{ISA: isa})
		if err != nil {
			t.Logf("%s is not here: %v", isa, err)
			continue
		}
		run(isa, dev)
		if testing.Short() {
			break
		}
	}
}

// useDevice makes new tensors on dev until the test ends.
func useDevice(t *testing.T, dev backend.Device) {
	all := compose.Complete(dev)
	before := current.Swap(&all)
	t.Cleanup(func() { current.Store(before) })
}

// checkGradient compares the result of an operation with its definition, and the gradient of a weighted sum of the result
// with central differences of the definition in float64. When summed, all weights are 1: the gradient that reaches the
// operation then is one number, expanded with strides of 0.
func checkGradient(t *testing.T, c gradCase, summed bool) {
	r := NewRand(uint64(len(c.name)))
	arrays := make([]array, len(c.shapes))
	leaves := make([]*Tensor, len(c.shapes))
	for i, shape := range c.shapes {
		arrays[i] = drawn(r, c.low, shape)
		leaves[i] = New(arrays[i].x, shape...).SetRequiresGrad(true)
	}
	want := c.ref(arrays)
	weights := drawn(r, 0, want.shape)
	got := c.op(leaves)
	if !got.Shape().Equal(want.shape) {
		t.Fatalf("shape is %v, want %v", got.Shape(), Shape(want.shape))
	}
	compare(t, "result", got.Float32s(), want.x, 1e-5)
	if summed {
		for i := range weights.x {
			weights.x[i] = 1
		}
		got.Sum().Backward()
	} else {
		got.Mul(New(weights.x, want.shape...)).Sum().Backward()
	}
	loss := func() float64 {
		sum := 0.0
		for i, y := range c.ref(arrays).x {
			sum += weights.x[i] * y
		}
		return sum
	}
	for i, leaf := range leaves {
		if leaf.Grad() == nil {
			t.Fatalf("input %d has no gradient", i)
		}
		compare(t, fmt.Sprintf("gradient of input %d", i), leaf.Grad().Float32s(), differences(arrays[i].x, loss), 1e-4)
	}
}

// drawn is random numbers that float32 holds exactly, at least 1e-3 away from 0 where functions have corners.
func drawn(r *Rand, low float64, shape []int) array {
	if low == 0 {
		low = -2
	}
	a := newArray(shape...)
	for i := range a.x {
		a.x[i] = float64(float32(low + 4*r.Float64()))
		if math.Abs(a.x[i]) < 1e-3 {
			a.x[i] = 0.25
		}
	}
	return a
}

// differences is the derivative of loss by each x, by central differences.
func differences(x []float64, loss func() float64) []float64 {
	const h = 1e-5
	d := make([]float64, len(x))
	for i := range x {
		was := x[i]
		x[i] = was + h
		up := loss()
		x[i] = was - h
		d[i] = (up - loss()) / (2 * h)
		x[i] = was
	}
	return d
}

// compare reports the first element that is further off than tol, relative to the largest element that is wanted.
func compare(t *testing.T, what string, got []float32, want []float64, tol float64) {
	t.Helper()
	scale := 1.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tol*scale) {
			t.Errorf("%s: element %d is %v, want %v (off by %.2g, allowed %.2g)", what, i, got[i], w, d, tol*scale)
			return
		}
	}
}
