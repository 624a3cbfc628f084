package cpu

import (
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// dense is a contiguous Float32 view of small numbers.
func dense(d *Device, dims ...int) backend.View {
	v := typed(d, backend.Float32, dims...)
	d.Uniform(v, backend.Key{Seed: uint64(len(dims))}, 0)
	return v
}

func typed(d *Device, dt backend.DType, dims ...int) backend.View {
	v := backend.View{DType: dt, Rank: len(dims)}
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.Dims[i], v.Strides[i] = dims[i], n
		n *= dims[i]
	}
	v.Buf = d.Alloc(n * dt.Size())
	d.Fill(v, 0)
	return v
}

func turned(v backend.View) backend.View {
	a, b := v.Rank-2, v.Rank-1
	v.Dims[a], v.Dims[b] = v.Dims[b], v.Dims[a]
	v.Strides[a], v.Strides[b] = v.Strides[b], v.Strides[a]
	return v
}

// stepOps are the operations of a training step of a small GPT, at the shapes of the preset char-gpt.
func stepOps(d *Device) []struct {
	name string
	do   func()
} {
	const B, T, C, H, D, V = 12, 64, 128, 4, 32, 65
	const N = B * T
	x, wide, w, wideW, bias := dense(d, N, C), dense(d, N, 4*C), dense(d, C, C), dense(d, C, 4*C), dense(d, C)
	y, wideY, wideBias, scalar, one := dense(d, N, C), dense(d, N, 4*C), dense(d, 4*C), dense(d), dense(d)
	logits, dlogits, table := dense(d, N, V), dense(d, N, V), dense(d, V, C)
	losses, lse, row := dense(d, N), dense(d, N), dense(d, 1, 4*C)
	ids, best := typed(d, backend.Int64, N), typed(d, backend.Int64, N)
	cond := typed(d, backend.Bool, N, C)
	heads := func() backend.View { // (B, H, T, D), seen in (B, T, H, D)
		v := dense(d, B, T, H, D)
		v.Dims[1], v.Dims[2], v.Strides[1], v.Strides[2] = H, T, D, H*D
		return v
	}
	q, k, v, out, dq, dk, dv, stats := heads(), heads(), heads(), heads(), heads(), heads(), heads(), dense(d, B, H, T)
	p, g, m, s := dense(d, 804096), dense(d, 804096), dense(d, 804096), dense(d, 804096)
	o := backend.AttentionOptions{Scale: 0.17, Causal: true}
	all := []backend.View{g, w, wideW}
	type op = struct {
		name string
		do   func()
	}
	return []op{
		{"matmul (768,128)x(128,512)", func() { d.MatMul(wide, x, wideW, backend.MatMulOptions{Bias: wideBias}) }},
		{"matmul NT (768,512)x(512,128)", func() { d.MatMul(y, wide, turned(wideW), backend.MatMulOptions{}) }},
		{"matmul TN (128,768)x(768,512)", func() { d.MatMul(wideW, turned(x), wide, backend.MatMulOptions{Accumulate: true}) }},
		{"matmul NT (768,128)x(128,65)", func() { d.MatMul(logits, x, turned(table), backend.MatMulOptions{}) }},
		{"gelu (768,512)", func() { d.Unary(backend.GELU, wideY, wide) }},
		{"gelu grad", func() { d.UnaryGrad(backend.GELU, wideY, wideY, wide, wide) }},
		{"gelu_tanh (768,512)", func() { d.Unary(backend.GELUTanh, wideY, wide) }},
		{"gelu_tanh grad", func() { d.UnaryGrad(backend.GELUTanh, wideY, wideY, wide, wide) }},
		{"add (768,128)", func() { d.Binary(backend.Add, y, x, y) }},
		{"add broadcast", func() { b := bias; b.Rank, b.Dims, b.Strides = 2, y.Dims, [8]int{0, 1}; d.Binary(backend.Add, y, x, b) }},
		{"less", func() { d.Binary(backend.Lt, cond, x, y) }},
		{"where", func() { d.Where(y, cond, x, y) }},
		{"affine", func() { d.Affine(y, x, 2, 1) }},
		{"fill", func() { d.Fill(y, 0) }},
		{"fill 804096", func() { d.Fill(g, 0) }},
		{"copy", func() { d.Copy(y, x) }},
		{"copy transposed", func() { d.Copy(turned(wideW), turned(wideW)) }},
		{"copy heads", func() { d.Copy(dense2(q), out) }},
		{"copy to int", func() { d.Copy(ids, losses) }},
		{"column sums (768,512)", func() { d.Reduce(backend.Sum, row, wide) }},
		{"row sums", func() { r := losses; r.Rank, r.Dims[1], r.Strides[1] = 2, 1, 1; d.Reduce(backend.Sum, r, x) }},
		{"layernorm", func() { d.LayerNorm(y, losses, lse, x, bias, bias, 1e-5) }},
		{"layernorm grad", func() { d.LayerNormGrad(y, bias, bias, x, x, bias, losses, lse, false) }},
		{"softmax", func() { d.Softmax(y, x, false) }},
		{"log softmax grad", func() { d.SoftmaxGrad(y, x, y, true) }},
		{"cross-entropy", func() { d.Fill(ids, 1); _ = d.CrossEntropy(losses, lse, scalar, logits, ids, -100, "loss") }},
		{"cross-entropy grad", func() { d.CrossEntropyGrad(dlogits, losses, logits, lse, ids, -100) }},
		{"attention", func() { d.Attention(out, stats, q, k, v, o) }},
		{"attention grad", func() { d.AttentionGrad(dq, dk, dv, out, out, stats, q, k, v, o) }},
		{"gather", func() { _ = d.Gather(y, table, ids, "look up") }},
		{"scatter", func() { d.ScatterAdd(table, y, ids) }},
		{"argmax", func() { d.ArgMax(best, logits) }},
		{"sum of squares", func() { d.SumSquares(scalar, all) }},
		{"clip scale", func() { d.ClipScale(scalar, one, scalar, scalar, 1) }},
		{"finite", func() { d.Finite(scalar, wide) }},
		{"adamw 804096", func() {
			d.AdamW(p, g, m, s, backend.View{}, backend.AdamW{LR: 1e-9, Beta1: 0.9, Beta2: 0.99, Eps: 1, Step: 5})
		}},
		{"uniform", func() { d.Uniform(y, backend.Key{}, 0) }},
		{"normal", func() { d.Normal(y, backend.Key{}, 0) }},
		{"dropout", func() { d.Dropout(y, y, 0.5, backend.Key{}) }},
		{"alloc and free", func() { d.Free(d.Alloc(4 * N * C)) }},
	}
}

// dense2 is v's memory in the order it lies in.
func dense2(v backend.View) backend.View {
	v.Strides = [8]int{v.Dims[1] * v.Dims[2] * v.Dims[3], v.Dims[2] * v.Dims[3], v.Dims[3], 1}
	return v
}

// TestNoAllocations: in steady state no operation takes memory of the Go heap.
func TestNoAllocations(t *testing.T) {
	for _, isa := range []string{bestISA(), "go"} {
		d, err := NewWith(Options{ISA: isa})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range stepOps(d) {
			if n := testing.AllocsPerRun(5, op.do); n != 0 {
				t.Errorf("%s kernels: %s allocates %v times", isa, op.name, n)
			}
		}
	}
}

// BenchmarkOps times the operations of a training step one by one.
func BenchmarkOps(b *testing.B) {
	for _, op := range stepOps(New()) {
		b.Run(op.name, func(b *testing.B) {
			for b.Loop() {
				op.do()
			}
		})
	}
}
