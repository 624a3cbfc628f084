package backendtest

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// philoxBlock is Philox 4x32-10 written from the paper once more, so that a device is not compared with itself.
func philoxBlock(c [4]uint32, k [2]uint32) [4]uint32 {
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c[0])
		h1, l1 := bits.Mul32(0xCD9E8D57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0}
		k = [2]uint32{k[0] + 0x9E3779B9, k[1] + 0xBB67AE85}
	}
	return c
}

// word is word i of the stream of key: the counter is (i/4, Stream), low words first.
func word(key backend.Key, i uint64) uint32 {
	b := i / 4
	return philoxBlock([4]uint32{uint32(b), uint32(b >> 32), uint32(key.Stream), uint32(key.Stream >> 32)},
		[2]uint32{uint32(key.Seed), uint32(key.Seed >> 32)})[i%4]
}

// philox: the published vectors hold for the reference, and the device draws the same words.
func philox(s *suite) {
	if got, want := philoxBlock([4]uint32{}, [2]uint32{}), ([4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}); got != want {
		s.Fatalf("philox of zeros = %08x, want %08x", got, want)
	}
	ones := ^uint32(0)
	if got, want := philoxBlock([4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}), ([4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}); got != want {
		s.Fatalf("philox of ones = %08x, want %08x", got, want)
	}
	s.expectUniform(backend.Key{}, 0, 13)
	s.expectUniform(backend.Key{Seed: 0x0123456789abcdef, Stream: 0xfedcba9876543210}, 1<<34-3, 13)
}

func (s *suite) expectUniform(key backend.Key, offset uint64, n int) {
	dst, want := s.blank(backend.Float32, plain, n), zeros(n)
	s.dev.Uniform(dst, key, offset)
	for i := range want.x {
		want.x[i] = float64(word(key, offset+uint64(i))>>8) / (1 << 24)
	}
	s.near(fmt.Sprintf("uniform of %+v from %d", key, offset), s.get(dst), want, 0)
}

// uniform: a split draw equals a whole one, in every layout.
func uniform(s *suite) {
	key := backend.Key{Seed: 7, Stream: 9}
	s.expectUniform(key, 0, 20001)
	whole := s.blank(backend.Float32, plain, 9, 33)
	s.dev.Uniform(whole, key, 5)
	for _, l := range layouts {
		dst := s.blank(backend.Float32, l, 9, 33)
		s.dev.Uniform(dst, key, 5)
		s.near("uniform in another layout", s.get(dst), s.get(whole), 0)
	}
	part := s.blank(backend.Float32, plain, 100)
	s.dev.Uniform(part, key, 5+77)
	s.near("part of a uniform draw", s.get(part), array{[]int{100}, s.get(whole).x[77:177]}, 0)
}

// normal: Box and Muller of the reference's words; moments are right.
func normal(s *suite) {
	key := backend.Key{Seed: 3, Stream: 4}
	const n = 100001
	dst, want := s.blank(backend.Float32, plain, n), zeros(n)
	s.dev.Normal(dst, key, 0)
	got := s.get(dst)
	mean, variance := 0.0, 0.0
	for i := range n {
		j := uint64(i) &^ 1
		r := math.Sqrt(-2 * math.Log((float64(word(key, j))+1)/(1<<32)))
		sin, cos := math.Sincos(2 * math.Pi * float64(word(key, j+1)) / (1 << 32))
		want.x[i] = r * cos
		if i%2 == 1 {
			want.x[i] = r * sin
		}
		mean += got.x[i] / n
		variance += got.x[i] * got.x[i] / n
	}
	s.near("normal", got, want, 2e-6)
	if math.Abs(mean) > 0.02 || math.Abs(variance-1) > 0.02 {
		s.Errorf("normal numbers have mean %.4f and variance %.4f", mean, variance)
	}
	part := s.blank(backend.Float32, gaps, 51)
	s.dev.Normal(part, key, 1001)
	s.near("part of a normal draw, from an odd element", s.get(part), array{[]int{51}, got.x[1001:1052]}, 0)
}

// sameBits: any number of cores, and a second time, give the same bits.
func sameBits(s *suite) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	f := backend.Float32
	x, w, big := s.floats(s.random(-1, 1, 333, 700)), s.floats(s.random(-1, 1, 700, 200)), s.floats(s.random(-1, 1, 300007))
	g, ones := s.floats(s.random(-1, 1, 333, 200)), s.floats(s.random(0.5, 1, 700))
	q := s.floats(s.random(-1, 1, 2, 3, 333, 32))
	targets := s.put(s.integers(0, 700, 333), backend.Int64, plain)
	var first []string
	for round, procs := range []int{1, 2, 5, 2, 1} {
		runtime.GOMAXPROCS(procs)
		c, dw, dx := s.blank(f, plain, 333, 200), s.blank(f, plain, 700, 200), s.blank(f, plain, 333, 700)
		s.dev.MatMul(c, x, w, backend.MatMulOptions{})
		s.dev.MatMul(dw, swapped(x, 0, 1), g, backend.MatMulOptions{})
		s.dev.MatMul(dx, g, swapped(w, 0, 1), backend.MatMulOptions{})
		sum, rows, cols, squares := s.blank(f, plain, 1), s.blank(f, plain, 333, 1), s.blank(f, plain, 1, 700), s.blank(f, plain)
		s.dev.Reduce(backend.Sum, sum, big)
		s.dev.Reduce(backend.Sum, rows, x)
		s.dev.Reduce(backend.Sum, cols, x)
		s.dev.SumSquares(squares, []backend.View{big, x})
		y, mean, rstd := s.blank(f, plain, 333, 700), s.blank(f, plain, 333), s.blank(f, plain, 333)
		s.dev.LayerNorm(y, mean, rstd, x, ones, ones, 1e-5)
		dn, dnw, dnb := s.blank(f, plain, 333, 700), s.floats(zeros(700)), s.floats(zeros(700))
		s.dev.LayerNormGrad(dn, dnw, dnb, y, x, ones, mean, rstd, false)
		out, lse := s.blank(f, plain, 2, 3, 333, 32), s.blank(f, plain, 2, 3, 333)
		s.dev.Attention(out, lse, q, q, q, backend.AttentionOptions{Scale: 0.2, Causal: true})
		dq, dk, dv := s.blank(f, plain, 2, 3, 333, 32), s.blank(f, plain, 2, 3, 333, 32), s.blank(f, plain, 2, 3, 333, 32)
		s.dev.AttentionGrad(dq, dk, dv, out, out, lse, q, q, q, backend.AttentionOptions{Scale: 0.2, Causal: true})
		losses, sums, table := s.blank(f, plain, 333), s.blank(f, plain, 333), s.floats(zeros(700, 200))
		s.worked("CrossEntropy", s.dev.CrossEntropy(losses, sums, s.blank(f, plain), x, targets, -100, "cross-entropy"))
		s.dev.ScatterAdd(table, g, targets)
		noise := s.blank(f, plain, 333, 700)
		s.dev.Normal(noise, backend.Key{Seed: 1}, 3)
		var all []string
		for _, v := range []backend.View{c, dw, dx, sum, rows, cols, squares, y, dn, dnw, dnb, out, lse, dq, dk, dv, losses, table, noise} {
			all = append(all, s.bits(v))
		}
		if round == 0 {
			first = all
		}
		for i := range all {
			if all[i] != first[i] {
				s.Errorf("result %d of round %d (GOMAXPROCS %d) differs from that of GOMAXPROCS 1", i, round, procs)
			}
		}
	}
}
