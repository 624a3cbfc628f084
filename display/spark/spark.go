// Package spark draws series of numbers as one line of text.
//
// [Line] draws values that are at hand; a [Trend] takes those of a run step by step and keeps few of them, however long the run is.
package spark

import "math"

// Line draws values as a line of at most width block characters, the lowest as ▁ and the highest as █. Neighbours are
// averaged where there are more values than width; those that are not finite leave a gap.
func Line(values []float64, width int) string {
	if width < 1 || len(values) == 0 {
		return ""
	}
	width = min(width, len(values))
	means := make([]float64, width)
	low, high := math.Inf(1), math.Inf(-1)
	for i := range means {
		means[i] = mean(values[i*len(values)/width : (i+1)*len(values)/width])
		if !math.IsNaN(means[i]) {
			low, high = min(low, means[i]), max(high, means[i])
		}
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	line := make([]rune, width)
	for i, m := range means {
		switch {
		case math.IsNaN(m):
			line[i] = ' '
		case high == low:
			line[i] = blocks[0]
		default:
			line[i] = blocks[int((m-low)/(high-low)*float64(len(blocks)-1)+0.5)]
		}
	}
	return string(line)
}

// mean is the mean of the finite values; NaN when there is none.
func mean(values []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(n)
}
