package cpu

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/athanor-ml/athanor/tensorlib/backend"
)

type drawKind uint8

const (
	uniform drawKind = iota
	normal
	dropout
)

// randomJob draws numbers for the elements of dst in row-major order, whole groups of Philox words at a time.
type randomJob struct {
	k      *kernels
	kind   drawKind
	dst, x backend.View
	p      float32
	key    backend.Key
	offset uint64
	n      int
	flat   bool // the elements lie in the order of the words
}

// Uniform implements backend.Randoms.
func (d *Device) Uniform(dst backend.View, key backend.Key, offset uint64) {
	d.draw(randomJob{kind: uniform, dst: dst, key: key, offset: offset})
}

// Normal implements backend.Randoms.
func (d *Device) Normal(dst backend.View, key backend.Key, offset uint64) {
	d.draw(randomJob{kind: normal, dst: dst, key: key, offset: offset})
}

// Dropout implements backend.Dropouts.
func (d *Device) Dropout(y, x backend.View, p float32, key backend.Key) {
	d.draw(randomJob{kind: dropout, dst: y, x: x, p: p, key: key})
}

func (d *Device) draw(j randomJob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j.k, j.n = d.k, j.dst.Numel()
	j.flat = j.dst.Contiguous() && (j.kind != dropout || j.x.Contiguous())
	d.random = j
	d.run((j.n+drawSize-1)/drawSize, &d.random)
	d.random = randomJob{}
}

const (
	drawSize  = 4096 // elements of a part; even, so that no pair of normal numbers is torn
	drawChunk = 1024 // elements whose words are drawn at a time
	wordGroup = 64   // words of which the kernels draw whole groups
)

func (j *randomJob) part(w *worker, i int) {
	from, to := i*drawSize, min((i+1)*drawSize, j.n)
	words := wordsOf(w.floats(drawChunk + wordGroup)) // those of a chunk, from a whole block on
	for e := from; e < to; e += drawChunk {
		end := min(e+drawChunk, to)
		first := j.offset + uint64(e)
		skip := int(first % 4)
		j.k.words(words[:panelCount(skip+end-e, wordGroup)*wordGroup], j.key, first/4)
		j.use(words[skip:], e, end)
	}
}

// wordsOf sees scratch memory as words.
func wordsOf(x []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// use makes elements from…to of words; words[0] is that of element from.
func (j *randomJob) use(words []uint32, from, to int) {
	dst := at[float32](&j.dst)
	if j.flat && j.kind == uniform {
		j.k.unit(dst[from:to], words)
		return
	}
	var x []float32
	if j.kind == dropout {
		x = at[float32](&j.x)
	}
	keep := 1 / (1 - j.p)
	if j.flat && j.kind == dropout {
		j.k.drop(dst[from:to], x[from:to], words, j.p, keep)
		return
	}
	for e := from; e < to; e++ {
		at, word := element(&j.dst, j.dst.Rank, e), words[e-from:]
		switch j.kind {
		case uniform:
			goUnit(dst[at:at+1], word)
		case normal:
			dst[at] = j.gauss(words, e, from)
		default:
			src := element(&j.x, j.x.Rank, e)
			goDrop(dst[at:at+1], x[src:src+1], word, j.p, keep)
		}
	}
}

// goWords draws the blocks of a stream from block on.
func goWords(words []uint32, key backend.Key, block uint64) {
	for i := range len(words) / 4 {
		c := philoxBlock(key, block+uint64(i))
		copy(words[4*i:], c[:])
	}
}

func goUnit(dst []float32, words []uint32) {
	for i := range dst {
		dst[i] = unit(words[i])
	}
}

func goDrop(y, x []float32, words []uint32, p, scale float32) {
	for i, v := range x {
		v *= scale
		if unit(words[i]) < p {
			v = 0
		}
		y[i] = v
	}
}

// gauss is element e: its word and the other of its pair, which may lie one before words.
func (j *randomJob) gauss(words []uint32, e, from int) float32 {
	at := j.offset + uint64(e)
	i := e - from
	switch {
	case at%2 == 0:
		return gauss(words[i], words[i+1], false)
	case i == 0:
		return gauss(philoxBlock(j.key, (at-1)/4)[(at-1)%4], words[0], true)
	}
	return gauss(words[i-1], words[i], true)
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

// philoxBlock is block b of the stream of key.
func philoxBlock(key backend.Key, b uint64) [4]uint32 {
	return Philox([4]uint32{uint32(b), uint32(b >> 32), uint32(key.Stream), uint32(key.Stream >> 32)},
		[2]uint32{uint32(key.Seed), uint32(key.Seed >> 32)})
}

// Philox is Philox 4x32-10, the block function of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011). Word i of
// the stream of a backend.Key is word i%4 of the block whose counter is (i/4, Stream), low words first, under the key Seed.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	a, b, c, d := counter[0], counter[1], counter[2], counter[3] // in registers: arrays would live in memory
	k0, k1 := key[0], key[1]
	for range 10 {
		h0, l0 := bits.Mul32(0xD2511F53, a)
		h1, l1 := bits.Mul32(0xCD9E8D57, c)
		a, b, c, d = h1^b^k0, l1, h0^d^k1, l0
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return [4]uint32{a, b, c, d}
}
