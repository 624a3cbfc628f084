package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

var attentions = []part{
	{"Attention", attention},
	{"AttentionRagged", attentionRagged},
	{"AttentionIsolated", attentionIsolated},
	{"AttentionRows", attentionRows},
}

// attentionKernels is what kernels of a device's own must do, and composed attention cannot: its sums are cut by the number of keys.
var attentionKernels = []part{{"AttentionAlone", attentionAlone}}

// attendShape is sizes of an attention, and which keys its queries see.
type attendShape struct {
	B, H, T, S, D int
	causal        bool
	first         []int // (B, T); nil: 0
	lengths       []int // (B); nil: S
}

// seen is the range of keys that query t of row b sees.
func (z *attendShape) seen(b, t int) (lo, hi int) {
	hi = z.S
	if z.lengths != nil {
		hi = z.lengths[b]
	}
	if z.causal {
		hi = min(hi, t+1+hi-z.T)
	}
	if z.first != nil {
		lo = z.first[b*z.T+t]
	}
	return lo, max(lo, hi)
}

func (z attendShape) String() string {
	name := fmt.Sprintf("B=%d H=%d T=%d S=%d D=%d causal=%t", z.B, z.H, z.T, z.S, z.D, z.causal)
	if z.first != nil {
		name += fmt.Sprint(" first=", z.first)
	}
	if z.lengths != nil {
		name += fmt.Sprint(" lengths=", z.lengths)
	}
	return name
}

// attendOptions lays first and lengths on the device.
func (s *suite) attendOptions(z *attendShape, scale float64) backend.AttentionOptions {
	o := backend.AttentionOptions{Scale: float32(scale), Causal: z.causal}
	if z.first != nil {
		o.First = s.put(whole(z.first, z.B, z.T), backend.Int32, gaps)
	}
	if z.lengths != nil {
		o.Lengths = s.put(whole(z.lengths, z.B), backend.Int32, gaps)
	}
	return o
}

// whole is an array of whole numbers.
func whole(x []int, dims ...int) array {
	a := zeros(dims...)
	for i, v := range x {
		a.x[i] = float64(v)
	}
	return a
}

// attended is attention in float64: the outputs, the log-sum-exps, and the gradients for a given dout.
func attended(z attendShape, q, k, v, dout array, scale float64) (out, lse, dq, dk, dv array) {
	out, lse = zeros(z.B, z.H, z.T, z.D), zeros(z.B, z.H, z.T)
	dq, dk, dv = zeros(z.B, z.H, z.T, z.D), zeros(z.B, z.H, z.S, z.D), zeros(z.B, z.H, z.S, z.D)
	for h := range z.B * z.H {
		for t := range z.T {
			lo, hi := z.seen(h/z.H, t)
			at := (h*z.T + t) * z.D
			p, top, sum := make([]float64, z.S), math.Inf(-1), 0.0
			for s := lo; s < hi; s++ {
				for c := range z.D {
					p[s] += scale * q.x[at+c] * k.x[(h*z.S+s)*z.D+c]
				}
				top = max(top, p[s])
			}
			for s := lo; s < hi; s++ {
				sum += math.Exp(p[s] - top)
			}
			lse.x[h*z.T+t] = top + math.Log(sum)
			delta := 0.0
			for s := lo; s < hi; s++ {
				p[s] = math.Exp(p[s] - lse.x[h*z.T+t])
				for c := range z.D {
					out.x[at+c] += p[s] * v.x[(h*z.S+s)*z.D+c]
				}
			}
			for c := range z.D {
				delta += out.x[at+c] * dout.x[at+c]
			}
			for s := lo; s < hi; s++ {
				row := (h*z.S + s) * z.D
				dp := -delta
				for c := range z.D {
					dp += dout.x[at+c] * v.x[row+c]
				}
				for c := range z.D {
					dv.x[row+c] += p[s] * dout.x[at+c]
					dq.x[at+c] += p[s] * dp * scale * k.x[row+c]
					dk.x[row+c] += p[s] * dp * scale * q.x[at+c]
				}
			}
		}
	}
	return out, lse, dq, dk, dv
}

// attention: forward and gradients, on views as (B, T, H, D) gives them, with fewer queries than keys, and many keys.
func attention(s *suite) {
	for _, z := range []attendShape{
		{B: 1, H: 1, T: 1, S: 1, D: 1, causal: true},
		{B: 2, H: 3, T: 7, S: 7, D: 5, causal: true},
		{B: 2, H: 2, T: 33, S: 33, D: 32, causal: true},
		{B: 2, H: 2, T: 33, S: 33, D: 32},
		{B: 1, H: 2, T: 64, S: 64, D: 32, causal: true},
		{B: 1, H: 2, T: 1, S: 129, D: 16, causal: true},
		{B: 1, H: 2, T: 13, S: 129, D: 31, causal: true},
		{B: 2, H: 1, T: 31, S: 7, D: 8},
		{B: 1, H: 1, T: 300, S: 300, D: 64, causal: true},
		{B: 1, H: 2, T: 100, S: 7, D: 5, causal: true}, // most queries see no key
		{B: 1, H: 1, T: 9, S: 4, D: 3, causal: true},
		{B: 2, H: 1, T: 3, S: 0, D: 4},
		{B: 1, H: 1, T: 40, S: 777, D: 33},
	} {
		s.attendOnce(z)
	}
}

// attendOnce compares attention of one shape with the reference; its gradients, too, unless the rows are ragged.
func (s *suite) attendOnce(z attendShape) {
	q, dout := s.random(-1, 1, z.B, z.H, z.T, z.D), s.random(-1, 1, z.B, z.H, z.T, z.D)
	k, v := s.random(-2, 2, z.B, z.H, z.S, z.D), s.random(-1, 1, z.B, z.H, z.S, z.D)
	scale := 1 / math.Sqrt(float64(z.D))
	o := s.attendOptions(&z, scale)
	out, lse, dq, dk, dv := attended(z, q, k, v, dout, scale)
	for _, interleaved := range []bool{false, true} {
		name := fmt.Sprintf("attention %v interleaved=%t", z, interleaved)
		qv, kv, vv := s.head(q, interleaved), s.head(k, interleaved), s.head(v, interleaved)
		ov, lv := s.head(zeros(out.dims...), interleaved), s.blank(backend.Float32, plain, z.B, z.H, z.T)
		s.dev.Attention(ov, lv, qv, kv, vv, o)
		s.near(name, s.get(ov), out, 3e-6)
		s.near(name+" lse", s.get(lv), lse, 3e-6)
		if z.lengths != nil {
			continue
		}
		dqv, dkv, dvv := s.head(zeros(q.dims...), interleaved), s.head(zeros(k.dims...), interleaved), s.head(zeros(k.dims...), interleaved)
		s.dev.AttentionGrad(dqv, dkv, dvv, s.head(dout, interleaved), ov, lv, qv, kv, vv, o)
		s.near(name+" dq", s.get(dqv), dq, 2e-5)
		s.near(name+" dk", s.get(dkv), dk, 2e-5)
		s.near(name+" dv", s.get(dvv), dv, 2e-5)
	}
}

// head lays a (B, H, T, D) plainly, or as a transposed view of (B, T, H, D).
func (s *suite) head(a array, interleaved bool) backend.View {
	if !interleaved {
		return s.floats(a)
	}
	v := s.blank(backend.Float32, plain, a.dims[0], a.dims[2], a.dims[1], a.dims[3])
	v = swapped(v, 1, 2)
	s.dev.Copy(v, s.floats(a))
	return v
}

// attentionAlone: the last query has the same bits with a cache of keys as among all the queries.
func attentionAlone(s *suite) {
	const H, T, D = 2, 600, 32
	f := backend.Float32
	q, k, v := s.floats(s.random(-1, 1, 1, H, T, D)), s.floats(s.random(-2, 2, 1, H, T, D)), s.floats(s.random(-1, 1, 1, H, T, D))
	o := backend.AttentionOptions{Scale: 0.2, Causal: true}
	all, lse := s.blank(f, plain, 1, H, T, D), s.blank(f, plain, 1, H, T)
	s.dev.Attention(all, lse, q, k, v, o)
	whole := s.get(all)
	for _, t := range []int{0, 1, 14, 15, 16, 31, 100, 255, 256, 511, 599} {
		q1, k1, v1, out := q, k, v, s.blank(f, plain, 1, H, 1, D)
		q1.Dims[2], q1.Offset = 1, t*D
		k1.Dims[2], v1.Dims[2] = t+1, t+1
		s.dev.Attention(out, s.blank(f, plain, 1, H, 1), q1, k1, v1, o)
		got, want := s.get(out), zeros(1, H, 1, D)
		for h := range H {
			copy(want.x[h*D:], whole.x[(h*T+t)*D:][:D])
		}
		s.near(fmt.Sprintf("query %d alone (to the bit)", t), got, want, 0)
	}
}
