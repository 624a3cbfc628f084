package bench

import (
	"fmt"
	"io"
	"runtime"

	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/tensorlib"
	"github.com/athanor-ml/athanor/tensorlib/cpu"
	"github.com/athanor-ml/athanor/tensorlib/optim"
)

// StepResult is the training step of the preset char-gpt: forward, backward, clipping and AdamW on a batch of 12 x 64
// characters. Times are in milliseconds.
type StepResult struct {
	Threads       int     `json:"threads"`
	Ours          Spread  `json:"ours"`
	Peer          Spread  `json:"peer,omitzero"`
	PeerVersion   string  `json:"peerVersion,omitempty"`
	Ratio         float64 `json:"ratio,omitempty"`       // peer's best / our best: above 1 we are faster
	MedianRatio   float64 `json:"medianRatio,omitempty"` // the same of the medians
	HeapBytesStep float64 `json:"heapBytesPerStep"`      // Go heap allocated by a step of ours, after warm-up
}

// Step measures rounds of reps steps, ours and the peer's in turn. peer may be nil; compile asks it for torch.compile.
func Step(threads, rounds, reps int, peer *Peer, compile bool, progress io.Writer) (StepResult, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	s := newStepper()
	timed(3, s.step)
	r := StepResult{Threads: threads, HeapBytesStep: heapPer(20, s.step)}
	request := map[string]any{"op": "step", "threads": threads, "reps": reps}
	if peer != nil {
		if _, err := peer.ask(map[string]any{"op": "step", "threads": threads, "reps": 5, "compile": compile}); err != nil {
			return r, err
		}
		r.PeerVersion = peer.Version
	}
	var ours, theirs []float64
	for i := range rounds {
		ours = append(ours, timed(reps, s.step)...)
		if peer != nil {
			seconds, err := peer.ask(request)
			if err != nil {
				return r, err
			}
			theirs = append(theirs, seconds...)
		}
		fmt.Fprintf(progress, "\rround %d of %d: ours %.1f ms", i+1, rounds, 1e3*spread(ours).Min)
		if peer != nil {
			fmt.Fprintf(progress, ", peer %.1f ms", 1e3*spread(theirs).Min)
		}
	}
	fmt.Fprintln(progress)
	r.Ours, r.Peer = spread(ours).scaled(1e3), spread(theirs).scaled(1e3)
	if peer != nil {
		r.Ratio, r.MedianRatio = r.Peer.Min/r.Ours.Min, r.Peer.Median/r.Ours.Median
	}
	return r, nil
}

// stepper is the model, the optimizer and one batch.
type stepper struct {
	model  *gpt.Model
	optim  *optim.AdamW
	x, y   *tensorlib.Tensor // (B, T)
	losses float64
}

func newStepper() *stepper {
	const B, T, V = 12, 64, 65
	m := gpt.New(gpt.Config{Vocab: V, Context: T, Layers: 4, Heads: 4, Embed: 128}, 1337)
	x, y := make([]int32, B*T), make([]int32, B*T)
	for i := range x {
		x[i], y[i] = int32(i*7919%V), int32((i+1)*7919%V)
	}
	return &stepper{
		model: m, optim: optim.NewAdamW(m.Params(), optim.AdamWConfig{Beta1: 0.9, Beta2: 0.99, WeightDecay: 0.1}),
		x: tensorlib.New(x, B, T), y: tensorlib.New(y, B, T),
	}
}

func (s *stepper) step() {
	tensorlib.Scope(func() {
		loss := s.model.Loss(s.x, s.y)
		loss.Backward()
		s.optim.Clip(1)
		s.optim.Step(1e-3)
		s.optim.ZeroGrad()
		s.losses += loss.Item()
	})
}

// heapPer is the Go heap that f allocates, in bytes per call.
func heapPer(calls int, f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(calls)
}

// Machine is what the figures were measured on.
type Machine struct {
	CPU     string  `json:"cpu"`
	Cores   int     `json:"cores"`
	Go      string  `json:"go"`
	PeakFMA float64 `json:"peakGFLOPs"` // of one core, by a loop of independent fused multiply-adds
}

// ThisMachine describes the machine.
func ThisMachine() Machine {
	return Machine{CPU: cpu.New().Describe(), Cores: runtime.NumCPU(), Go: runtime.Version(), PeakFMA: peakFMA()}
}

// peakFMA is the rate of a loop of independent fused multiply-adds on one core, in GFLOP/s.
func peakFMA() float64 {
	flop, run := cpu.PeakFMA()
	if run == nil {
		return 0
	}
	return flop / spread(timed(30, run)).Min / 1e9
}
