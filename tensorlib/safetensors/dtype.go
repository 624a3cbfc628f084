package safetensors

import "github.com/athanor-ml/athanor/tensorlib"

// names are the format's names of the dtypes.
var names = map[tensorlib.DType]string{
	tensorlib.Float32: "F32", tensorlib.Float16: "F16", tensorlib.BFloat16: "BF16", tensorlib.Float64: "F64",
	tensorlib.Int32: "I32", tensorlib.Int64: "I64", tensorlib.Int8: "I8", tensorlib.Uint8: "U8", tensorlib.Bool: "BOOL",
}

// dtypes is names the other way round.
var dtypes = func() map[string]tensorlib.DType {
	m := make(map[string]tensorlib.DType, len(names))
	for dt, name := range names {
		m[name] = dt
	}
	return m
}()
