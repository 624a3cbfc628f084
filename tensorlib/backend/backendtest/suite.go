// Package backendtest is the suite that every device must pass: each operation is compared with a plain float64 reference, on odd sizes, on
// views that are transposed, sliced, broadcast or empty, and in place where that is allowed; and the device's three promises (same bits,
// order, no hidden state) are tried. One file is one part of the core or one family of operations; families that the device does not have
// are composed of its core, and tried all the same.
//
//	func TestDevice(t *testing.T) { backendtest.Run(t, cpu.New()) }
package backendtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/backend/compose"
)

// part is one test of the suite.
type part struct {
	name string
	test func(s *suite)
}

// Run runs the whole suite on dev.
func Run(t *testing.T, dev backend.Device) {
	core := []part{
		{"Memory", memory},
		{"Unary", unary},
		{"UnarySpecials", unarySpecials},
		{"UnaryGrad", unaryGrad},
		{"Binary", binaryOps},
		{"BinaryIntegers", binaryIntegers},
		{"Affine", affine},
		{"Where", where},
		{"Fill", fill},
		{"Copy", copies},
		{"Halves", halves},
		{"InPlace", inPlace},
		{"Reduce", reduce},
		{"ReduceLong", reduceLong},
		{"ReduceEmpty", reduceEmpty},
		{"ArgMax", argMax},
		{"MatMul", matMul},
		{"MatMulBatched", matMulBatched},
		{"MatMulRows", matMulRows},
		{"Gather", gather},
		{"ScatterAdd", scatterAdd},
		{"BadIndices", badIndices},
		{"Philox", philox},
		{"Uniform", uniform},
		{"Normal", normal},
	}
	across := []part{{"NotFinite", notFinite}, {"SameBits", sameBits}}
	parts := slices.Concat(core, scans, softmaxes, layerNorms, crossEntropies, attentions, dropouts, optimizers, across)
	if _, own := dev.(backend.Attentions); own {
		parts = append(parts, attentionKernels...)
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(&suite{T: t, dev: compose.Complete(dev), rng: rand.New(rand.NewPCG(1, 2))}) })
	}
}

type suite struct {
	*testing.T
	dev backend.Ops
	rng *rand.Rand
}

// array is a tensor of the host: what the references work on. Elements are in row-major order.
type array struct {
	dims []int
	x    []float64
}

func zeros(dims ...int) array { return array{dims, make([]float64, count(dims))} }

func count(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// random is an array of numbers between lo and hi, rounded to float32.
func (s *suite) random(lo, hi float64, dims ...int) array {
	a := zeros(dims...)
	for i := range a.x {
		a.x[i] = float64(float32(lo + (hi-lo)*s.rng.Float64()))
	}
	return a
}

// integers is an array of whole numbers from lo to hi-1.
func (s *suite) integers(lo, hi int, dims ...int) array {
	a := zeros(dims...)
	for i := range a.x {
		a.x[i] = float64(lo + s.rng.IntN(hi-lo))
	}
	return a
}

// layout is a way to lay an array in memory.
type layout int

const (
	plain    layout = iota
	reversed        // the first dimension has the smallest stride: a transposed matrix
	gaps            // every third element, from an offset
	numLayouts
)

func (l layout) String() string { return [...]string{"plain", "reversed", "gaps"}[l] }

// layouts are those worth trying for dims.
var layouts = []layout{plain, reversed, gaps}

// blank is a view of undefined contents.
func (s *suite) blank(dt backend.DType, l layout, dims ...int) backend.View {
	v := backend.View{DType: dt, Rank: len(dims)}
	copy(v.Dims[:], dims)
	step, size := 1, max(count(dims), 1)
	if l == gaps {
		step, size, v.Offset = 3, 3*size+5, 5
	}
	for i := range dims {
		d := len(dims) - 1 - i
		if l == reversed {
			d = i
		}
		v.Strides[d] = step
		step *= dims[d]
	}
	v.Buf = s.dev.Alloc(size * dt.Size())
	junk := make([]byte, size*dt.Size())
	for i := range junk {
		junk[i] = 0x5a
	}
	s.dev.Upload(v.Buf, 0, junk)
	return v
}

// put lays a on the device.
func (s *suite) put(a array, dt backend.DType, l layout) backend.View {
	v := s.blank(dt, l, a.dims...)
	mem := make([]byte, v.Buf.Len())
	s.dev.Download(mem, v.Buf, 0)
	for i, x := range a.x {
		encode(mem[place(&v, i)*dt.Size():], dt, x)
	}
	s.dev.Upload(v.Buf, 0, mem)
	return v
}

// floats lays a on the device as Float32, plainly.
func (s *suite) floats(a array) backend.View { return s.put(a, backend.Float32, plain) }

// get reads a view back.
func (s *suite) get(v backend.View) array {
	a := zeros(v.Dims[:v.Rank]...)
	mem := make([]byte, v.Buf.Len())
	s.dev.Download(mem, v.Buf, 0)
	for i := range a.x {
		a.x[i] = decode(mem[place(&v, i)*v.DType.Size():], v.DType)
	}
	return a
}

// bits reads a whole buffer.
func (s *suite) bits(v backend.View) string {
	mem := make([]byte, v.Buf.Len())
	s.dev.Download(mem, v.Buf, 0)
	return string(mem)
}

// place is where element i of the row-major order lies.
func place(v *backend.View, i int) int {
	off := v.Offset
	for d := v.Rank - 1; d >= 0; d-- {
		off += i % v.Dims[d] * v.Strides[d]
		i /= v.Dims[d]
	}
	return off
}

// encode writes the element that x becomes to the front of b.
func encode(b []byte, dt backend.DType, x float64) {
	var bits [8]byte
	binary.LittleEndian.PutUint64(bits[:], dt.Encode(x))
	copy(b[:dt.Size()], bits[:])
}

// decode reads the element at the front of b.
func decode(b []byte, dt backend.DType) float64 {
	var bits [8]byte
	copy(bits[:], b[:dt.Size()])
	return dt.Decode(binary.LittleEndian.Uint64(bits[:]))
}

// near compares with tolerance tol, relative to the larger of 1 and |want|. NaN equals NaN.
func (s *suite) near(what string, got, want array, tol float64) {
	s.Helper()
	if len(got.x) != len(want.x) {
		s.Fatalf("%s: %d elements, want %d", what, len(got.x), len(want.x))
	}
	bad, first := 0, ""
	for i, w := range want.x {
		g := got.x[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= tol*max(1, math.Abs(w)) && !math.IsInf(g, 0) {
			continue
		}
		if bad++; bad == 1 {
			first = fmt.Sprintf("element %d of %v is %v, want %v", i, want.dims, g, w)
		}
	}
	if bad > 0 {
		s.Errorf("%s: %s (%d of %d elements are off)", what, first, bad, len(want.x))
	}
}

// each2 calls f with all pairs of layouts.
func each2(f func(a, b layout)) {
	for _, a := range layouts {
		for _, b := range layouts {
			f(a, b)
		}
	}
}

// broadcast makes dimension d of v n long by repeating.
func broadcast(v backend.View, d, n int) backend.View {
	v.Dims[d], v.Strides[d] = n, 0
	return v
}

// swapped exchanges two dimensions of v.
func swapped(v backend.View, a, b int) backend.View {
	v.Dims[a], v.Dims[b] = v.Dims[b], v.Dims[a]
	v.Strides[a], v.Strides[b] = v.Strides[b], v.Strides[a]
	return v
}

// memory: buffers hold what was put in, come back from the pool, and are counted.
func memory(s *suite) {
	before := s.dev.Stats()
	b := s.dev.Alloc(1000)
	if b.Len() != 1000 {
		s.Errorf("Alloc(1000).Len() = %d, want 1000", b.Len())
	}
	in := make([]byte, 300)
	for i := range in {
		in[i] = byte(i)
	}
	s.dev.Upload(b, 100, in)
	out := make([]byte, 200)
	s.dev.Download(out, b, 150)
	if string(out) != string(in[50:250]) {
		s.Error("Download(150) does not give what Upload(100) took")
	}
	held := s.dev.Stats()
	if held.InUse < before.InUse+1000 {
		s.Errorf("InUse = %d after Alloc(1000), was %d", held.InUse, before.InUse)
	}
	s.dev.Free(b)
	freed := s.dev.Stats()
	if freed.InUse != before.InUse || freed.Pooled < 1000 {
		s.Errorf("after Free: InUse = %d, want %d; Pooled = %d, want at least 1000", freed.InUse, before.InUse, freed.Pooled)
	}
	c := s.dev.Alloc(1000)
	if again := s.dev.Stats(); again.Allocs != freed.Allocs {
		s.Errorf("a second Alloc(1000) took new memory: Allocs = %d, was %d", again.Allocs, freed.Allocs)
	}
	s.dev.Free(c)
	s.dev.Free(s.dev.Alloc(0))
	if err := s.dev.Sync(); err != nil {
		s.Errorf("Sync: %v", err)
	}
	if s.dev.Name() == "" || s.dev.Describe() == "" {
		s.Error("Name or Describe is empty")
	}
}
