package tensorlib

import (
	"math/bits"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

// Key names a stream of random numbers: a seed of the whole run and a stream, such as a step's or an operation's number.
type Key = backend.Key

// Rand draws random numbers from one Philox stream (Salmon et al., 2011): number i of the stream is a pure function of
// seed, stream and i, and Rand is no more than the position of the next one. It is used by one goroutine at a time.
type Rand struct{ state RandState }

// RandState is the position of a Rand in its stream. It can be stored and put back.
type RandState struct {
	Seed   uint64 `json:"seed"`
	Stream uint64 `json:"stream"`
	Offset uint64 `json:"offset"` // 32-bit words used so far
}

// NewRand starts stream 0 of the seed.
func NewRand(seed uint64) *Rand { return &Rand{RandState{Seed: seed}} }

// Split returns the start of another stream of the same seed; r itself stays where it is.
func (r *Rand) Split(stream uint64) *Rand {
	return &Rand{RandState{Seed: r.state.Seed, Stream: stream}}
}

// State is the position in the stream.
func (r *Rand) State() RandState { return r.state }

// SetState goes to a position that State returned.
func (r *Rand) SetState(s RandState) { r.state = s }

// Uniform draws Float32 numbers in [0, 1).
func (r *Rand) Uniform(shape ...int) *Tensor {
	t := empty(device(), Float32, checked("Uniform", shape))
	t.mem.dev.Uniform(t.v, r.key(), r.take(t.Numel()))
	return t
}

// Normal draws Float32 numbers of mean 0 and variance 1.
func (r *Rand) Normal(shape ...int) *Tensor {
	t := empty(device(), Float32, checked("Normal", shape))
	t.mem.dev.Normal(t.v, r.key(), r.take(t.Numel()))
	return t
}

// Float64 draws a number in [0, 1) with 53 random bits.
func (r *Rand) Float64() float64 { return float64(r.uint64()>>11) / (1 << 53) }

// Intn draws a whole number in [0, n), each with the same probability.
func (r *Rand) Intn(n int) int {
	if n <= 0 {
		panic(&OpError{Op: "Intn", Msg: "no numbers in [0, " + itoa(n) + ")"})
	}
	// Lemire (2019): the high word of a product is uniform once the low words of the overhang are drawn again.
	limit := uint64(n)
	hi, lo := bits.Mul64(r.uint64(), limit)
	for threshold := -limit % limit; lo < threshold; {
		hi, lo = bits.Mul64(r.uint64(), limit)
	}
	return int(hi)
}

// Perm draws an order of 0, 1, …, n-1, each with the same probability.
func (r *Rand) Perm(n int) []int {
	if n < 0 {
		panic(&OpError{Op: "Perm", Msg: "negative length " + itoa(n)})
	}
	if limit := Memory().Limit; limit > 0 && int64(n) > limit/8 {
		panic(&OpError{Op: "Perm", Msg: itoa(n) + " numbers take more than the limit of " + backend.Bytes(limit)})
	}
	p := make([]int, n)
	for i := range p {
		j := r.Intn(i + 1)
		p[i], p[j] = p[j], i
	}
	return p
}

func (r *Rand) key() Key { return Key{Seed: r.state.Seed, Stream: r.state.Stream} }

// take reserves n words, rounded up to whole blocks of four so that Normal's pairs stay together, and returns the first.
func (r *Rand) take(n int) uint64 {
	at := r.state.Offset
	r.state.Offset += (uint64(n) + 3) &^ 3
	return at
}

func (r *Rand) uint64() uint64 {
	b := philox(r.key(), r.take(2)/4)
	return uint64(b[1])<<32 | uint64(b[0])
}

func checked(op string, shape []int) []int {
	checkShape(op, shape)
	return shape
}

// philox is block i of the stream: Philox 4x32 with 10 rounds.
func philox(k Key, i uint64) [4]uint32 {
	const mul0, mul1, weyl0, weyl1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85
	c := [4]uint32{uint32(i), uint32(i >> 32), uint32(k.Stream), uint32(k.Stream >> 32)}
	k0, k1 := uint32(k.Seed), uint32(k.Seed>>32)
	for range 10 {
		hi0, lo0 := bits.Mul32(mul0, c[0])
		hi1, lo1 := bits.Mul32(mul1, c[2])
		c = [4]uint32{hi1 ^ c[1] ^ k0, lo1, hi0 ^ c[3] ^ k1, lo0}
		k0, k1 = k0+weyl0, k1+weyl1
	}
	return c
}
