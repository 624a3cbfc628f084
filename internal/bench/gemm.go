package bench

import (
	"fmt"
	"io"
	"runtime"

	"github.com/athanor-ml/athanor/tensorlib/backend"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
)

// GemmResult is one square matrix product, ours and the peer's; rates are in GFLOP/s of the best repetition.
type GemmResult struct {
	N       int     `json:"n"`
	Layout  string  `json:"layout"` // NN, NT or TN: whether a and b are stored transposed
	Threads int     `json:"threads"`
	Ours    float64 `json:"ours"`
	Peer    float64 `json:"peer,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"` // ours / peer
}

// String is one line of a table; without a peer it says nothing of one.
func (r GemmResult) String() string {
	line := fmt.Sprintf("%5d %s %d thread(s): %6.1f GFLOP/s", r.N, r.Layout, r.Threads, r.Ours)
	if r.Peer > 0 {
		line += fmt.Sprintf(", peer %6.1f, ratio %.2f", r.Peer, r.Ratio)
	}
	return line
}

// Gemm measures float32 products of n x n matrices for every size, layout and thread count. peer may be nil.
func Gemm(sizes, threads []int, rounds int, peer *Peer, progress io.Writer) ([]GemmResult, error) {
	dev := cpu.New()
	var all []GemmResult
	for _, n := range sizes {
		mats := newMatrices(dev, n)
		for _, layout := range []string{"NN", "NT", "TN"} {
			for _, th := range threads {
				r, err := gemmOnce(dev, mats, n, layout, th, rounds, peer)
				if err != nil {
					return all, err
				}
				all = append(all, r)
				fmt.Fprintln(progress, r)
			}
		}
	}
	return all, nil
}

type matrices struct{ a, b, c backend.View }

func newMatrices(dev *cpu.Device, n int) matrices {
	mk := func(stream uint64) backend.View {
		v := backend.View{Buf: dev.Alloc(4 * n * n), DType: backend.Float32, Rank: 2}
		v.Dims[0], v.Dims[1], v.Strides[0], v.Strides[1] = n, n, n, 1
		dev.Uniform(v, backend.Key{Seed: 1, Stream: stream}, 0)
		return v
	}
	return matrices{mk(1), mk(2), mk(3)}
}

func transposed(v backend.View) backend.View {
	v.Strides[0], v.Strides[1] = v.Strides[1], v.Strides[0]
	return v
}

func gemmOnce(dev *cpu.Device, m matrices, n int, layout string, threads, rounds int, peer *Peer) (GemmResult, error) {
	a, b := m.a, m.b
	if layout[0] == 'T' {
		a = transposed(a)
	}
	if layout[1] == 'T' {
		b = transposed(b)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	dev.SetThreads(threads)
	flop := 2 * float64(n) * float64(n) * float64(n)
	reps := max(8, int(2e10/flop)) // after a rest it takes up to 30 ms until both cores are at work
	var ours, theirs []float64
	for range rounds {
		ours = append(ours, timed(reps, func() { dev.MatMul(m.c, a, b, backend.MatMulOptions{}) })...)
		if peer == nil {
			continue
		}
		s, err := peer.ask(map[string]any{"op": "gemm", "n": n, "layout": layout, "threads": threads, "reps": reps})
		if err != nil {
			return GemmResult{}, err
		}
		theirs = append(theirs, s...)
	}
	r := GemmResult{N: n, Layout: layout, Threads: threads, Ours: flop / spread(ours).Min / 1e9}
	if peer != nil {
		r.Peer = flop / spread(theirs).Min / 1e9
		r.Ratio = r.Ours / r.Peer
	}
	return r, nil
}
