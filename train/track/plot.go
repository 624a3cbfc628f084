package track

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The size of a picture, in inches at dotsPerInch.
const (
	width       = 640.0 / dotsPerInch * vg.Inch
	height      = 320.0 / dotsPerInch * vg.Inch
	dotsPerInch = 96
)

var (
	trainColor = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	valColor   = color.RGBA{R: 0xd6, G: 0x27, B: 0x28, A: 0xff}
)

// PNG draws the curve, 640 x 320 pixels.
func (c *Curve) PNG() ([]byte, error) {
	c.mu.Lock()
	title, train, val := c.Title, thin(c.train), thin(c.val)
	c.mu.Unlock()

	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text, p.Y.Label.Text = "step", "loss (nats per token)"
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks(8), ticks(5)
	p.Legend.Top, p.Legend.XOffs, p.Legend.YOffs = true, -vg.Points(6), -vg.Points(4)
	p.BackgroundColor = color.White
	p.Add(plotter.NewGrid())
	if err := addLine(p, "train", train, trainColor, false); err != nil {
		return nil, err
	}
	if err := addLine(p, "validation", val, valColor, true); err != nil {
		return nil, err
	}
	if len(train)+len(val) == 0 {
		p.X.Max, p.Y.Max = 1, 1 // axes for what is to come
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))
	p.Draw(draw.Crop(draw.New(canvas), vg.Points(4), -vg.Points(8), vg.Points(4), -vg.Points(4)))
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, canvas.Image()); err != nil {
		return nil, fmt.Errorf("encode the curve: %w", err)
	}
	return b.Bytes(), nil
}

// addLine adds one named line, with a dot at each point where dots says so; nothing when there are no points.
func addLine(p *plot.Plot, name string, points []point, c color.Color, dots bool) error {
	if len(points) == 0 {
		return nil
	}
	xys := make(plotter.XYs, len(points))
	for i, q := range points {
		xys[i] = plotter.XY{X: float64(q.step), Y: q.loss}
	}
	line, marks, err := plotter.NewLinePoints(xys)
	if err != nil {
		return fmt.Errorf("draw the %s loss: %w", name, err)
	}
	line.Color, line.Width = c, vg.Points(1.2)
	marks.Color, marks.Shape, marks.Radius = c, draw.CircleGlyph{}, vg.Points(2)
	p.Add(line)
	p.Legend.Add(name, line)
	if dots || len(points) == 1 {
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
