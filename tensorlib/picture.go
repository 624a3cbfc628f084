package tensorlib

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Image is a picture of a tensor; a notebook shows it through MIME.
type Image struct {
	PNG           []byte
	Width, Height int     // in pixels
	Low, High     float64 // the numbers that the ends of the colour scale stand for
}

// Picture draws a matrix as a heat map: a square for each element, dark violet for the smallest number over blue and green to yellow
// for the largest, grey for what is not finite.
func (t *Tensor) Picture() *Image {
	use("Picture", t)
	if t.v.Rank != 2 || t.Numel() == 0 {
		failFix("Picture", "wants a matrix", "Select or Reshape first", t)
	}
	rows, cols := t.v.Dims[0], t.v.Dims[1]
	const most = 4096
	if rows > most || cols > most {
		failFix("Picture", "more than "+itoa(most)+" rows or columns", "Slice it first", t)
	}
	values := convert[float64](t.Float32s())
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range values {
		if !math.IsInf(x, 0) && !math.IsNaN(x) {
			low, high = min(low, x), max(high, x)
		}
	}
	cell := max(1, min(24, 480/max(rows, cols)))
	im := image.NewRGBA(image.Rect(0, 0, cols*cell, rows*cell))
	for y := range rows * cell {
		for x := range cols * cell {
			im.Set(x, y, heat(values[y/cell*cols+x/cell], low, high))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		panic(fmt.Sprintf("tensorlib: Picture: %v", err)) // a bytes.Buffer takes everything
	}
	return &Image{PNG: b.Bytes(), Width: cols * cell, Height: rows * cell, Low: low, High: high}
}

// MIME is the picture and a line of text.
func (im *Image) MIME() map[string]any {
	return map[string]any{
		"image/png":  base64.StdEncoding.EncodeToString(im.PNG),
		"text/plain": fmt.Sprintf("picture %d x %d, %.4g (dark) to %.4g (light)", im.Width, im.Height, im.Low, im.High),
	}
}

// heatStops are five colours from dark to light, evenly spaced, each lighter than the one before also in grey.
var heatStops = [5][3]float64{{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}

func heat(x, low, high float64) color.RGBA {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return color.RGBA{128, 128, 128, 255}
	}
	at := 0.0
	if high > low {
		at = (x - low) / (high - low) * float64(len(heatStops)-1)
	}
	i := min(int(at), len(heatStops)-2)
	mix := func(c int) uint8 {
		return uint8(heatStops[i][c] + (heatStops[i+1][c]-heatStops[i][c])*(at-float64(i)) + 0.5)
	}
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}
