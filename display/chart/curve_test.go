package chart

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCurveDrawsItself(t *testing.T) {
	c := &Curve{Title: "char-gpt"}
	if got := c.MIME()["text/plain"]; got != "no steps yet" {
		t.Errorf("empty curve says %q", got)
	}
	blank, size := decode(t, c)
	if size != image.Pt(640, 320) {
		t.Errorf("picture is %v, want 640 x 320", size)
	}
	for s := 1; s <= 5000; s++ {
		c.Add("loss", s, 4/math.Sqrt(float64(s)))
	}
	c.Add("valLoss", 5000, 0.1)
	c.Add("loss", 5001, math.NaN()) // cannot be drawn, must not break the picture
	drawn, _ := decode(t, c)
	if bytes.Equal(blank, drawn) {
		t.Error("a curve with 5000 points looks like an empty one")
	}
	if text := c.String(); !strings.HasPrefix(text, "step 5000  loss 0.0566  valLoss 0.1000  █") {
		t.Errorf("text is %q", text)
	}
}

// What is measured in different units has panels of its own; Show picks the series and their order.
func TestPanels(t *testing.T) {
	c := &Curve{}
	c.AddValues(1, map[string]float64{"reward": 0, "kl": 0.1, "loss": 2, "valLoss": 3})
	for _, w := range []struct {
		show   []string
		panels string
		width  int
	}{
		{nil, "kl|loss valLoss|reward", 1200},
		{[]string{"reward", "kl"}, "reward|kl", 800},
		{[]string{"valLoss", "accuracy"}, "valLoss", 640},
	} {
		c.Show = w.show
		var names []string
		for _, panel := range group(c.shown()) {
			var n []string
			for _, s := range panel {
				n = append(n, s.name)
			}
			names = append(names, strings.Join(n, " "))
		}
		if got := strings.Join(names, "|"); got != w.panels {
			t.Errorf("Show %q gives the panels %s, want %s", w.show, got, w.panels)
		}
		if _, size := decode(t, c); size != image.Pt(w.width, 320) {
			t.Errorf("Show %q: picture is %v, want %d x 320", w.show, size, w.width)
		}
	}
}

func decode(t *testing.T, c *Curve) ([]byte, image.Point) {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(c.MIME()["image/png"].(string))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return b, img.Bounds().Size()
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		n         ticks
		low, high float64
		want      string
	}{
		{5, 1.4, 4.2, "2 3 4"},
		{8, 0, 2000, "0 500 1000 1500 2000"},
		{5, 1.61, 1.64, "1.61 1.62 1.63 1.64"},
		{5, 1, 1, ""},
	} {
		var labels []string
		for _, m := range c.n.Ticks(c.low, c.high) {
			labels = append(labels, m.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%d ticks from %v to %v are %q, want %q", c.n, c.low, c.high, got, c.want)
		}
	}
}

func TestCurveGoesBackWithAResumedRun(t *testing.T) {
	var c Curve
	for _, s := range []int{1, 2, 3, 4, 3} {
		c.Add("loss", s, float64(s))
	}
	if got, want := c.Values("loss"), []float64{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("losses %v, want %v", got, want)
	}
}

func TestThinKeepsTheMeanAndTheLastStep(t *testing.T) {
	var points []point
	for i := range 2500 {
		points = append(points, point{i + 1, 2})
	}
	out := thin(points)
	if len(out) != maxPoints || out[len(out)-1] != (point{2500, 2}) {
		t.Errorf("thin gave %d points, last %v", len(out), out[len(out)-1])
	}
}

func BenchmarkCurvePNG(b *testing.B) {
	c := &Curve{Title: "char-gpt"}
	for s := 1; s <= 2000; s++ {
		c.Add("loss", s, 4/math.Sqrt(float64(s)))
		if s%250 == 0 {
			c.Add("valLoss", s, 4.2/math.Sqrt(float64(s)))
		}
	}
	for b.Loop() {
		png, err := c.PNG()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(png)), "bytes")
	}
}
