package spark

import (
	"math"
	"testing"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		values []float64
		width  int
		want   string
	}{
		{nil, 5, ""},
		{[]float64{1, 2}, 0, ""},
		{[]float64{3, 3, 3}, 5, "▁▁▁"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"},
		{[]float64{0, 0, 7, 7}, 2, "▁█"},
		{[]float64{0, math.NaN(), 7}, 3, "▁ █"},
		{[]float64{math.Inf(1), 1, 2}, 3, " ▁█"},
	} {
		if got := Line(c.values, c.width); got != c.want {
			t.Errorf("Line(%v, %d) = %q, want %q", c.values, c.width, got, c.want)
		}
	}
}

// A Trend stays small, and its line is nearly that of all the values; a resumed run's goes on from where it was cut.
func TestTrend(t *testing.T) {
	var trend Trend
	if got := trend.Line(24); got != "" {
		t.Errorf("an empty trend is drawn as %q", got)
	}
	var values []float64
	add := func(from, to int, value func(step int) float64) {
		for s := from; s <= to; s++ {
			trend.Add(s, value(s))
			values = append(values[:s-1], value(s))
		}
		if len(trend.bins) > maxBins {
			t.Fatalf("%d bins", len(trend.bins))
		}
	}
	falling := func(s int) float64 { return -float64(s) }
	for _, c := range []struct {
		name     string
		from, to int
		value    func(int) float64
	}{
		{"short", 1, 24, falling},
		{"long", 25, 100_000, falling},
		{"cut and grown", 50_001, 120_000, func(int) float64 { return 0 }},
		{"cut to nothing", 1, 8, falling},
	} {
		add(c.from, c.to, c.value)
		if got, want := trend.Line(8), Line(values, 8); got != want {
			t.Errorf("%s: the trend is %s, that of all values %s", c.name, got, want)
		}
	}
}
