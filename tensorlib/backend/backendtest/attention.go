package backendtest

import (
	"fmt"
	"math"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type attendShape struct {
	B, H, T, S, D int
	causal        bool
}

// attended is attention in float64: the outputs, the log-sum-exps, and the gradients for a given dout.
func attended(z attendShape, q, k, v, dout array, scale float64) (out, lse, dq, dk, dv array) {
	out, lse = zeros(z.B, z.H, z.T, z.D), zeros(z.B, z.H, z.T)
	dq, dk, dv = zeros(z.B, z.H, z.T, z.D), zeros(z.B, z.H, z.S, z.D), zeros(z.B, z.H, z.S, z.D)
	for h := range z.B * z.H {
		for t := range z.T {
			n := z.S
			if z.causal {
				n = max(0, t+1+z.S-z.T)
			}
			at := (h*z.T + t) * z.D
			p, top, sum := make([]float64, n), math.Inf(-1), 0.0
			for s := range n {
				for c := range z.D {
					p[s] += scale * q.x[at+c] * k.x[(h*z.S+s)*z.D+c]
				}
				top = max(top, p[s])
			}
			for s := range n {
				sum += math.Exp(p[s] - top)
			}
			lse.x[h*z.T+t] = top + math.Log(sum)
			delta := 0.0
			for s := range n {
				p[s] = math.Exp(p[s] - lse.x[h*z.T+t])
				for c := range z.D {
					out.x[at+c] += p[s] * v.x[(h*z.S+s)*z.D+c]
				}
			}
			for c := range z.D {
				delta += out.x[at+c] * dout.x[at+c]
			}
			for s := range n {
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
		{1, 1, 1, 1, 1, true},
		{2, 3, 7, 7, 5, true},
		{2, 2, 33, 33, 32, true},
		{2, 2, 33, 33, 32, false},
		{1, 2, 64, 64, 32, true},
		{1, 2, 1, 129, 16, true},
		{1, 2, 13, 129, 31, true},
		{2, 1, 31, 7, 8, false},
		{1, 1, 300, 300, 64, true},
		{1, 2, 100, 7, 5, true}, // most queries see no key
		{1, 1, 9, 4, 3, true},
		{2, 1, 3, 0, 4, false},
		{1, 1, 40, 777, 33, false},
	} {
		q, dout := s.random(-1, 1, z.B, z.H, z.T, z.D), s.random(-1, 1, z.B, z.H, z.T, z.D)
		k, v := s.random(-2, 2, z.B, z.H, z.S, z.D), s.random(-1, 1, z.B, z.H, z.S, z.D)
		scale := 1 / math.Sqrt(float64(z.D))
		o := backend.AttentionOptions{Scale: float32(scale), Causal: z.causal}
		out, lse, dq, dk, dv := attended(z, q, k, v, dout, scale)
		for _, interleaved := range []bool{false, true} {
			name := fmt.Sprintf("attention %+v interleaved=%t", z, interleaved)
			qv, kv, vv := s.head(q, interleaved), s.head(k, interleaved), s.head(v, interleaved)
			ov, lv := s.head(zeros(out.dims...), interleaved), s.blank(backend.Float32, plain, z.B, z.H, z.T)
			s.dev.Attention(ov, lv, qv, kv, vv, o)
			s.near(name, s.get(ov), out, 3e-6)
			s.near(name+" lse", s.get(lv), lse, 3e-6)
			dqv, dkv, dvv := s.head(zeros(q.dims...), interleaved), s.head(zeros(k.dims...), interleaved), s.head(zeros(k.dims...), interleaved)
			s.dev.AttentionGrad(dqv, dkv, dvv, s.head(dout, interleaved), ov, lv, qv, kv, vv, o)
			s.near(name+" dq", s.get(dqv), dq, 2e-5)
			s.near(name+" dk", s.get(dkv), dk, 2e-5)
			s.near(name+" dv", s.get(dvv), dv, 2e-5)
		}
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
