package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The size of one panel, in inches at dotsPerInch. Where there are several each is narrower.
const (
	height      = 320.0 / dotsPerInch * vg.Inch
	wide        = 640.0 / dotsPerInch * vg.Inch
	narrow      = 400.0 / dotsPerInch * vg.Inch
	maxPanels   = 4
	dotsPerInch = 96
)

// palette is Tableau's: the first series of a panel blue, the second red.
var palette = []color.RGBA{
	{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff},
	{R: 0xd6, G: 0x27, B: 0x28, A: 0xff},
	{R: 0x2c, G: 0xa0, B: 0x2c, A: 0xff},
	{R: 0x94, G: 0x67, B: 0xbd, A: 0xff},
}

// few is how many points a line has at most for each of them to be marked with a dot.
const few = 100

// PNG draws the curve: a panel for each thing that is measured, at most four, side by side.
func (c *Curve) PNG() ([]byte, error) {
	panels := group(c.shown())
	if len(panels) == 0 {
		panels = [][]series{nil} // axes for what is to come
	}
	panels = panels[:min(len(panels), maxPanels)]
	width := wide
	if len(panels) > 1 {
		width = narrow
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width*vg.Length(len(panels)), height), vgimg.UseDPI(dotsPerInch))
	whole := draw.New(canvas)
	for i, panel := range panels {
		title := ""
		if i == 0 {
			title = c.Title
		}
		p, err := drawPanel(title, panel)
		if err != nil {
			return nil, err
		}
		left, right := width*vg.Length(i), width*vg.Length(len(panels)-1-i)
		p.Draw(draw.Crop(whole, left+vg.Points(4), -right-vg.Points(8), vg.Points(4), -vg.Points(4)))
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, canvas.Image()); err != nil {
		return nil, fmt.Errorf("encode the curve: %w", err)
	}
	return b.Bytes(), nil
}

// group puts the series that measure the same thing together: those whose names differ in a leading "val" or "train" only.
func group(all []series) [][]series {
	var panels [][]series
	at := map[string]int{}
	for _, s := range all {
		key := quantity(s.name)
		i, ok := at[key]
		if !ok {
			i = len(panels)
			at[key], panels = i, append(panels, nil)
		}
		panels[i] = append(panels[i], s)
	}
	return panels
}

// quantity is what a series measures: "loss" for "loss", "valLoss" and "trainLoss".
func quantity(name string) string {
	for _, prefix := range []string{"val", "train"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && strings.ToUpper(rest[:1]) == rest[:1] {
			return strings.ToLower(rest[:1]) + rest[1:]
		}
	}
	return name
}

// drawPanel draws series on common axes.
func drawPanel(title string, panel []series) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text = "step"
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(8), ticks(5)
	p.Legend.Top, p.Legend.XOffs, p.Legend.YOffs = true, -vg.Points(6), -vg.Points(4)
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	if len(panel) == 0 {
		p.X.Max, p.Y.Max = 1, 1
		return p, nil
	}
	p.Y.Label.Text = quantity(panel[0].name)
	for i, s := range panel {
		if err := addLine(p, s, palette[i%len(palette)], len(panel) > 1); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// addLine adds one line, with a dot at each point where there are few.
func addLine(p *plot.Plot, s series, c color.Color, legend bool) error {
	xys := make(plotter.XYs, len(s.points))
	for i, q := range s.points {
		xys[i] = plotter.XY{X: float64(q.step), Y: q.value}
	}
	line, marks, err := plotter.NewLinePoints(xys)
	if err != nil {
		return fmt.Errorf("draw %s: %w", s.name, err)
	}
	line.Color, line.Width = c, vg.Points(1.2)
	marks.Color, marks.Shape, marks.Radius = c, draw.CircleGlyph{}, vg.Points(2)
	p.Add(line)
	if legend {
		p.Legend.Add(s.name, line)
	}
	if len(s.points) <= few {
		p.Add(marks)
	}
	return nil
}

// ticks marks an axis at about so many round numbers, each with its label.
type ticks int

// Ticks implements plot.Ticker.
func (n ticks) Ticks(low, high float64) []plot.Tick {
	step := roundUp((high - low) / float64(n))
	var marks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ { // the ends themselves may be off by a rounding
		marks = append(marks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, 'g', 6, 64)})
	}
	return marks
}

// roundUp is the next of 1, 2 and 5 times a power of ten.
func roundUp(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x {
			return m * power
		}
	}
	return 10 * power
}
