package track

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, path string, keep, from, to int) {
	t.Helper()
	w, err := Create(path, keep)
	if err != nil {
		t.Fatal(err)
	}
	for s := from; s <= to; s++ {
		if err := w.Write(Record{Step: s, Loss: 1 / float64(s)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func steps(t *testing.T, path string) []int {
	t.Helper()
	all, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var s []int
	for _, r := range all {
		s = append(s, r.Step)
	}
	return s
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestResumeLeavesEachStepOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 7)
	appendTo(t, path, `{"step":8,"lo`) // killed while it wrote
	write(t, path, 4, 5, 9)
	if got, want := steps(t, path), []int{1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	write(t, path, 0, 1, 2)
	if got, want := steps(t, path), []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("steps after a fresh start %v, want %v", got, want)
	}
}

func TestReadPassesOverOnlyATornLastLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 2)
	appendTo(t, path, `{"step":3,`)
	if got, want := steps(t, path), []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	appendTo(t, path, "\n{\"step\":4}\n")
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "line 3 is not a record") {
		t.Errorf("Read with a broken line in the middle: %v", err)
	}
	if _, err := Read(path + "x"); err == nil {
		t.Error("Read of a missing file: no error")
	}
}

func TestWriteRefusesWhatJSONCannotSay(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "metrics.jsonl"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Write(Record{Step: 3, Loss: math.NaN()}); err == nil || !strings.Contains(err.Error(), "step 3") {
		t.Errorf("Write(NaN): %v", err)
	}
}

// The file grows, is cut and grows past the old end between two looks, and is cut to nothing.
func TestTailFollowsThroughACut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	f := tail{path: path, seed: maphash.MakeSeed()}
	var got []int
	look := func(want ...int) {
		t.Helper()
		got = nil
		if err := f.poll(func(r Record) { got = append(got, r.Step) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("delivered %v, want %v", got, want)
		}
	}
	look()
	write(t, path, 0, 1, 3)
	look(1, 2, 3)
	look()
	appendTo(t, path, `{"step":4`)
	look()
	appendTo(t, path, "}\n")
	look(4)
	w, err := Create(path, 2)
	if err != nil {
		t.Fatal(err)
	}
	for s := 3; s <= 9; s++ {
		if err := w.Write(Record{Step: s, Loss: 5}); err != nil {
			t.Fatal(err)
		}
	}
	look(3, 4, 5, 6, 7, 8, 9)
	if err := Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Record{Step: 10}); err != nil { // an attempt that does not know that it was replaced
		t.Fatal(err)
	}
	look()
	write(t, path, 0, 1, 1)
	look(1)
}

// What was delivered is not read again: it may change under a Tail that has only new lines to deliver.
func TestTailReadsOnlyWhatIsNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 3*maxMarks)
	f := tail{path: path, seed: maphash.MakeSeed()}
	var trend Trend
	delivered, last := 0, 0
	look := func(want int) {
		t.Helper()
		delivered = 0
		if err := f.poll(func(r Record) { trend.AddRecord(r); delivered, last = delivered+1, r.Step }); err != nil {
			t.Fatal(err)
		}
		if delivered != want {
			t.Errorf("%d records delivered, the last of step %d; want %d", delivered, last, want)
		}
	}
	look(3 * maxMarks)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(bytes.Repeat([]byte{'#'}, 1000), text[1000:]...), 0o644); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, `{"step":9999,"loss":1}`+"\n"+`{"step":1`)
	look(1)
	if len(f.seen) > maxMarks || len(trend.bins) > maxBins {
		t.Errorf("%d lines and %d losses are remembered of a long file", len(f.seen), len(trend.bins))
	}

	// A resumed run cuts where no line is remembered: some before the cut come again, none is missing.
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cut := len(f.seen) / 4
	from := f.seen[cut].end
	keep := bytes.Count(text[:from], []byte("\n")) + 1
	if err := Truncate(path, keep); err != nil {
		t.Fatal(err)
	}
	for s := keep + 1; s <= keep+10; s++ {
		appendTo(t, path, fmt.Sprintf(`{"step":%d,"loss":7}`+"\n", s))
	}
	again := bytes.Count(text[from:], []byte("\n")) // those that were lines of the old file
	delivered, first := 0, 0
	if err := f.poll(func(r Record) {
		if first == 0 {
			first = r.Step
		}
		delivered, last = delivered+1, r.Step
	}); err != nil {
		t.Fatal(err)
	}
	if first > keep+1 || last != keep+10 || delivered != last-first+1 || delivered > again {
		t.Errorf("after a cut at step %d the steps %d to %d came as %d records", keep, first, last, delivered)
	}
}

func TestTailReadsALastTimeWhenItsContextEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 3)
	ctx, cancel := context.WithCancel(t.Context())
	var got []int
	err := Tail(ctx, path, func(r Record) {
		got = append(got, r.Step)
		if r.Step == 3 {
			write(t, path, 3, 4, 4)
			cancel()
		}
	})
	if want := []int{1, 2, 3, 4}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Tail delivered %v, %v; want %v", got, err, want)
	}
}

func TestSparkline(t *testing.T) {
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
		if got := Sparkline(c.values, c.width); got != c.want {
			t.Errorf("Sparkline(%v, %d) = %q, want %q", c.values, c.width, got, c.want)
		}
	}
}

func TestCurveDrawsItself(t *testing.T) {
	c := &Curve{Title: "char-gpt"}
	if got := c.MIME()["text/plain"]; got != "no steps yet" {
		t.Errorf("empty curve says %q", got)
	}
	blank := decode(t, c)
	for s := 1; s <= 5000; s++ {
		c.AddRecord(Record{Step: s, Loss: 4 / math.Sqrt(float64(s))})
	}
	c.AddVal(5000, 0.1)
	c.Add(5001, math.NaN()) // cannot be drawn, must not break the picture
	drawn := decode(t, c)
	if bytes.Equal(blank, drawn) {
		t.Error("a curve with 5000 points looks like an empty one")
	}
	if text := c.MIME()["text/plain"].(string); !strings.HasPrefix(text, "step 5000  loss 0.0566  val 0.1000  █") {
		t.Errorf("text is %q", text)
	}
}

func decode(t *testing.T, c *Curve) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(c.MIME()["image/png"].(string))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if s := img.Bounds().Size(); s.X != 640 || s.Y != 320 {
		t.Errorf("picture is %v, want 640 x 320", s)
	}
	return b
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
		c.Add(s, float64(s))
	}
	if got, want := c.Losses(), []float64{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("losses %v, want %v", got, want)
	}
}

// A Trend stays small, and its line is nearly that of all the losses; a resumed run's goes on from where it was cut.
func TestTrend(t *testing.T) {
	var trend Trend
	if got := trend.Sparkline(24); got != "" {
		t.Errorf("an empty trend is drawn as %q", got)
	}
	var losses []float64
	add := func(from, to int, loss func(step int) float64) {
		for s := from; s <= to; s++ {
			trend.AddRecord(Record{Step: s, Loss: loss(s)})
			losses = append(losses[:s-1], loss(s))
		}
		if len(trend.bins) > maxBins {
			t.Fatalf("%d bins", len(trend.bins))
		}
	}
	falling := func(s int) float64 { return -float64(s) }
	for _, c := range []struct {
		name     string
		from, to int
		loss     func(int) float64
	}{
		{"short", 1, 24, falling},
		{"long", 25, 100_000, falling},
		{"cut and grown", 50_001, 120_000, func(int) float64 { return 0 }},
		{"cut to nothing", 1, 8, falling},
	} {
		add(c.from, c.to, c.loss)
		if got, want := trend.Sparkline(8), Sparkline(losses, 8); got != want {
			t.Errorf("%s: the trend is %s, that of all losses %s", c.name, got, want)
		}
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
		c.Add(s, 4/math.Sqrt(float64(s)))
		if s%250 == 0 {
			c.AddVal(s, 4.2/math.Sqrt(float64(s)))
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
