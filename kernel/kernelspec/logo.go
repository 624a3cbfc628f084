package kernelspec

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// logo draws the kernel's picture as PNG: a furnace, with its fire behind a round window. It is drawn at four times the
// size and averaged, which smooths the edges.
func logo(size int) []byte {
	const over = 4
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var r, g, b, a float64
			for i := range over * over {
				u := (float64(x) + (float64(i%over)+0.5)/over) / float64(size)
				v := (float64(y) + (float64(i/over)+0.5)/over) / float64(size)
				c := furnace(u, v)
				r += c[0] * c[3]
				g += c[1] * c[3]
				b += c[2] * c[3]
				a += c[3]
			}
			if a > 0 {
				img.SetNRGBA(x, y, color.NRGBA{byte(r / a), byte(g / a), byte(b / a), byte(255 * a / over / over)})
			}
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, img) // a bytes.Buffer takes everything
	return out.Bytes()
}

// furnace is the colour (r, g, b in 0..255, opacity 0..1) at a point of the unit square.
func furnace(u, v float64) [4]float64 {
	body := [4]float64{58, 64, 90, 1}
	wall := 0.30 + 0.10*math.Min(1, math.Max(0, (v-0.2)/0.5)) // half the width, wider below
	switch {
	case math.Hypot(u-0.5, (v-0.60)*1.05) < 0.24: // the window
		flame := 0.60 - 0.22*math.Exp(-60*(u-0.5)*(u-0.5)) - 0.05*math.Sin(22*u)
		switch {
		case v > flame+0.14:
			return [4]float64{255, 226, 120, 1}
		case v > flame:
			return [4]float64{247, 126, 42, 1}
		}
		return [4]float64{30, 26, 38, 1}
	case v > 0.22 && v < 0.95 && math.Abs(u-0.5) < wall:
		return body
	case v > 0.05 && v <= 0.22 && math.Abs(u-0.5) < 0.09: // the chimney
		return body
	}
	return [4]float64{}
}
