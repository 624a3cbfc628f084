package cpu

import "github.com/athanor-ml/athanor/tensorlib/backend"

// conversion is the row function that converts elements of from to those of to: one of its own where that is worth it, else the one that
// asks backend's table about each element.
func conversion(to, from backend.DType) func(*typedJob, *cursor) {
	if f := conversions[to][from]; f != nil {
		return f
	}
	return convertRow
}

// conversions are the row functions worth having, by the dtypes of destination and source.
var conversions = [backend.NumDTypes][backend.NumDTypes]func(*typedJob, *cursor){
	backend.Float32: {
		backend.Int32: copyRow[float32, int32], backend.Int64: copyRow[float32, int64], backend.Bool: copyRow[float32, uint8],
		backend.Uint8: copyRow[float32, uint8], backend.Float64: copyRow[float32, float64],
		backend.Float16: widenRow(backend.DecodeFloat16), backend.BFloat16: widenRow(backend.DecodeBFloat16),
	},
	backend.Int32: {backend.Int64: copyRow[int32, int64], backend.Bool: copyRow[int32, uint8], backend.Uint8: copyRow[int32, uint8]},
	backend.Int64: {backend.Int32: copyRow[int64, int32], backend.Bool: copyRow[int64, uint8], backend.Uint8: copyRow[int64, uint8]},
	backend.Bool:  {backend.Float32: testRow[float32], backend.Int32: testRow[int32], backend.Int64: testRow[int64], backend.Uint8: testRow[uint8]},
	backend.Uint8: {backend.Bool: copyRow[uint8, uint8]},
	backend.Float64: {
		backend.Float32: copyRow[float64, float32], backend.Int32: copyRow[float64, int32], backend.Int64: copyRow[float64, int64],
	},
	backend.Float16:  {backend.Float32: narrowRow(backend.EncodeFloat16)},
	backend.BFloat16: {backend.Float32: narrowRow(backend.EncodeBFloat16)},
}

func convertRow(j *typedJob, c *cursor) {
	to, from := j.views[0].DType, j.views[1].DType
	read := bySize(from, bitsAt[uint8], bitsAt[uint16], bitsAt[uint32], bitsAt[uint64])
	write := bySize(to, setBits[uint8], setBits[uint16], setBits[uint32], setBits[uint64])
	for i := range c.n {
		write(j, c, i, to.Convert(from, read(j, c, i)))
	}
}

// bitsAt is element i of the source's piece at c.
func bitsAt[T uint8 | uint16 | uint32 | uint64](j *typedJob, c *cursor, i int) uint64 {
	src, s := row[T](j, c, 1)
	return uint64(src[i*s])
}

// setBits writes element i of the destination's piece at c.
func setBits[T uint8 | uint16 | uint32 | uint64](j *typedJob, c *cursor, i int, bits uint64) {
	dst, s := row[T](j, c, 0)
	dst[i*s] = T(bits)
}

// copyRow converts as Go does. It is for what cannot overflow.
func copyRow[T, S storable](j *typedJob, c *cursor) {
	dst, ds := row[T](j, c, 0)
	src, ss := row[S](j, c, 1)
	for i := range c.n {
		dst[i*ds] = T(src[i*ss])
	}
}

func testRow[S storable](j *typedJob, c *cursor) {
	dst, ds := row[uint8](j, c, 0)
	src, ss := row[S](j, c, 1)
	for i := range c.n {
		dst[i*ds] = truth(src[i*ss] != 0)
	}
}

func widenRow(decode func(uint16) float32) func(*typedJob, *cursor) {
	return func(j *typedJob, c *cursor) {
		dst, ds := row[float32](j, c, 0)
		src, ss := row[uint16](j, c, 1)
		for i := range c.n {
			dst[i*ds] = decode(src[i*ss])
		}
	}
}

func narrowRow(encode func(float64) uint16) func(*typedJob, *cursor) {
	return func(j *typedJob, c *cursor) {
		dst, ds := row[uint16](j, c, 0)
		src, ss := row[float32](j, c, 1)
		for i := range c.n {
			dst[i*ds] = encode(float64(src[i*ss]))
		}
	}
}
