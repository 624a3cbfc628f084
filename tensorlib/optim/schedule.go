package optim

import "math"

// Cosine is a learning rate that warms up linearly, falls along half a cosine, and stays at the end, as in nanoGPT.
type Cosine struct {
	LR     float64 `json:"lr"`    // the peak
	MinLR  float64 `json:"minLR"` // the end
	Warmup int     `json:"warmup"`
	Decay  int     `json:"decay"` // the step at which MinLR is reached
}

// At is the learning rate of a step, which counts from 0:
//
//	LR * (step+1) / (Warmup+1)                              step < Warmup
//	MinLR + (LR-MinLR) * (1 + cos(pi*x)) / 2                Warmup <= step <= Decay, x = (step-Warmup)/(Decay-Warmup)
//	MinLR                                                   after that
func (c Cosine) At(step int) float64 {
	switch {
	case step < c.Warmup:
		return c.LR * float64(step+1) / float64(c.Warmup+1)
	case step > c.Decay:
		return c.MinLR
	case c.Decay <= c.Warmup:
		return c.LR
	}
	x := float64(step-c.Warmup) / float64(c.Decay-c.Warmup)
	return c.MinLR + 0.5*(1+math.Cos(math.Pi*x))*(c.LR-c.MinLR)
}
