package cpu

import (
	"math"
	"math/bits"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type drawKind uint8

const (
	uniform drawKind = iota
	normal
	dropout
)

// randomJob draws numbers for the elements of dst in row-major order, four words of Philox at a time.
type randomJob struct {
	kind   drawKind
	dst, x backend.View
	p      float32
	key    backend.Key
	offset uint64
	n      int
}

// Uniform implements backend.Randoms.
func (d *Device) Uniform(dst backend.View, key backend.Key, offset uint64) {
	d.draw(randomJob{kind: uniform, dst: dst, key: key, offset: offset})
}

// Normal implements backend.Randoms.
func (d *Device) Normal(dst backend.View, key backend.Key, offset uint64) {
	d.draw(randomJob{kind: normal, dst: dst, key: key, offset: offset})
}

// Dropout implements backend.Randoms.
func (d *Device) Dropout(y, x backend.View, p float32, key backend.Key) {
	d.draw(randomJob{kind: dropout, dst: y, x: x, p: p, key: key})
}

func (d *Device) draw(j randomJob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j.n = j.dst.Numel()
	d.random = j
	d.run((j.n+drawSize-1)/drawSize, &d.random)
	d.random = randomJob{}
}

// drawSize is the number of elements of a part; even, so that no pair of normal numbers is torn.
const drawSize = 4096

func (j *randomJob) part(_ *worker, i int) {
	dst := at[float32](&j.dst)
	flat := j.dst.Contiguous()
	var s stream
	s.key = j.key
	for e := i * drawSize; e < min((i+1)*drawSize, j.n); e++ {
		to := e
		if !flat {
			to = element(&j.dst, j.dst.Rank, e)
		}
		switch j.kind {
		case uniform:
			dst[to] = unit(s.word(j.offset + uint64(e)))
		case normal:
			at := j.offset + uint64(e)
			dst[to] = gauss(s.word(at&^1), s.word(at|1), at&1 == 1)
		default:
			x := at[float32](&j.x)[element(&j.x, j.x.Rank, e)]
			if unit(s.word(uint64(e))) < j.p {
				dst[to] = 0
			} else {
				dst[to] = x / (1 - j.p)
			}
		}
	}
}

// unit is a number in [0, 1) of the top 24 bits.
func unit(w uint32) float32 { return float32(w>>8) * (1.0 / (1 << 24)) }

// gauss is one of the two normal numbers of a pair of words.
func gauss(a, b uint32, second bool) float32 {
	u := (float64(a) + 1) / (1 << 32) // in (0, 1]
	r := math.Sqrt(-2 * math.Log(u))
	sin, cos := math.Sincos(2 * math.Pi * float64(b) / (1 << 32))
	if second {
		return float32(r * sin)
	}
	return float32(r * cos)
}

// stream remembers the last block of four words of a Philox stream.
type stream struct {
	key   backend.Key
	block uint64
	words [4]uint32
	valid bool
}

// word is word i of the stream.
func (s *stream) word(i uint64) uint32 {
	if b := i / 4; !s.valid || b != s.block {
		s.block, s.valid = b, true
		s.words = Philox([4]uint32{uint32(b), uint32(b >> 32), uint32(s.key.Stream), uint32(s.key.Stream >> 32)},
			[2]uint32{uint32(s.key.Seed), uint32(s.key.Seed >> 32)})
	}
	return s.words[i%4]
}

// Philox is Philox 4x32-10, the block function of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011). Word i of
// the stream of a backend.Key is word i%4 of the block whose counter is (i/4, Stream), low words first, under the key Seed.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	c := counter
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, c[0])
		h1, l1 := bits.Mul32(0xCD9E8D57, c[2])
		c = [4]uint32{h1 ^ c[1] ^ key[0], l1, h0 ^ c[3] ^ key[1], l0}
		key[0] += 0x9E3779B9
		key[1] += 0xBB67AE85
	}
	return c
}
