package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/tensorlib"
)

func sample() []Named {
	return []Named{
		{"flags", tensorlib.New([]bool{true, false, true})},
		{"weight", tensorlib.New([]float64{1, -2.5, 3, 4, 5, 6}, 2, 3)},
		{"ids", tensorlib.New([]int{1 << 40, -1})},
		{"small", tensorlib.New([]int32{-7}, 1, 1)},
		{"scalar", tensorlib.New(2.5)},
		{"empty", tensorlib.Zeros(0, 3)},
		{"half", tensorlib.New([]float64{1, -2.5, 65504}).To(tensorlib.Float16)},
		{"brain", tensorlib.New([]float64{1, -2.5, 3e38}).To(tensorlib.BFloat16)},
		{"double", tensorlib.New([]float64{0.1}).To(tensorlib.Float64)},
		{"int8", tensorlib.New([][]int8{{-7, 7}})},
		{"bytes", tensorlib.New([]byte("three"))},
		{"transposed", tensorlib.New([]float64{1, 2, 3, 4}, 2, 2).T()},
	}
}

func encode(t testing.TB, ts []Named, meta map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, ts, meta); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	meta := map[string]string{"step": "7", "": "nothing"}
	if err := WriteFile(path, sample(), meta); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !reflect.DeepEqual(f.Meta(), meta) {
		t.Errorf("metadata is %v, want %v", f.Meta(), meta)
	}
	if len(f.Names()) != len(sample()) {
		t.Errorf("names are %v", f.Names())
	}
	for _, want := range sample() {
		got, err := f.Tensor(want.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got.DType() != want.Tensor.DType() || !got.Shape().Equal(want.Tensor.Shape()) || !bytes.Equal(got.Bytes(), want.Tensor.Bytes()) {
			t.Errorf("%s is %v, want %v", want.Name, got, want.Tensor)
		}
		if shape, ok := f.Shape(want.Name); !ok || !shape.Equal(want.Tensor.Shape()) {
			t.Errorf("Shape(%s) = %v, %v", want.Name, shape, ok)
		}
	}
	if _, err := f.Tensor("bias"); err == nil || !strings.Contains(err.Error(), `no tensor "bias"`) {
		t.Errorf("a name that is not there gives %v", err)
	}
}

func TestLayout(t *testing.T) {
	data := encode(t, sample(), nil)
	if n := binary.LittleEndian.Uint64(data); (8+n)%64 != 0 {
		t.Errorf("the payload starts at %d, not at a multiple of 64", 8+n)
	}
	if !bytes.Equal(data, encode(t, sample(), nil)) {
		t.Error("the same tensors give other bytes")
	}
	f, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range f.Names() {
		e := f.entries[name]
		if e.Offsets[0]%dtypes[e.DType].Size() != 0 {
			t.Errorf("%s (%s) lies at %d, not aligned", name, e.DType, e.Offsets[0])
		}
	}
}

func TestNames(t *testing.T) {
	x := tensorlib.Zeros(1)
	for _, ts := range [][]Named{{{"", x}}, {{metadataKey, x}}, {{"a", x}, {"a", x}}} {
		if err := Write(io.Discard, ts, nil); err == nil {
			t.Errorf("Write of names %q, … succeeded", ts[0].Name)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestWriteErrors(t *testing.T) {
	if err := Write(brokenWriter{}, sample(), nil); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("error is %v, want the writer's", err)
	}
	if err := WriteFile(filepath.Join(t.TempDir(), "no", "dir"), sample(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want not exist", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want not exist", err)
	}
}

// file puts a header and a payload of n bytes together.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func TestCorrupt(t *testing.T) {
	good := encode(t, sample(), nil)
	huge := slices.Clone(good)
	binary.LittleEndian.PutUint64(huge, math.MaxUint64-3)
	for says, data := range map[string][]byte{
		"0 bytes are no file":             {},
		"header is said to have 9":        append([]byte{9, 0, 0, 0, 0, 0, 0, 0}, "{}"...),
		"18446744073709551612 bytes":      huge,
		"in a payload of 93":              good[:len(good)-1],
		"not a JSON object":               file(`[]`, 0),
		"EOF":                             file(`{"a"`, 0),
		"header:":                         file(`{"a":{}`, 0),
		"follow the JSON object":          file(`{} x`, 0),
		"listed twice":                    file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4),
		"needs 4 bytes":                   file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 8),
		"data_offsets are [4 0]":          file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 8),
		"data_offsets are [-4 0]":         file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`, 8),
		"data_offsets are []":             file(`{"a":{"dtype":"F32","shape":[1]}}`, 8),
		"in a payload of 4":               file(`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, 4),
		`begins at 2, the one before it`:  file(`{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[4],"data_offsets":[2,6]}}`, 6),
		`begins at 1`:                     file(`{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[1,5]}}`, 5),
		"have 4 bytes, the payload 5":     file(`{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}`, 5),
		`dtype "F8" is not supported; BF`: file(`{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}`, 1),
		"is absurd":                       file(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0),
		"dimensions":                      file(`{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, 4),
		"metadata":                        file(`{"__metadata__":{"a":1}}`, 0),
		`tensor "a"`:                      file(`{"a":7}`, 0),
	} {
		_, err := Read(bytes.NewReader(data), int64(len(data)))
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, want ErrCorrupt with %q", err, says)
		}
	}
	f, err := Read(bytes.NewReader(append(file(`{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, 0), 2)), 64)
	if err == nil {
		_, err = f.Tensor("a")
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("a bool of 2 gives %v, want ErrCorrupt", err)
	}
}

// TestHalves reads 16-bit floats that were written by hand, in their own dtype.
func TestHalves(t *testing.T) {
	data := file(`{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[4,6]}}`, 0)
	data = append(data, 0x00, 0x3c, 0x00, 0xc0, 0x20, 0x40) // 1, -2 and 2.5
	f, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{"h": {1, -2}, "b": {2.5}} {
		x, err := f.Tensor(name)
		if err != nil || !slices.Equal(x.Float32s(), want) {
			t.Errorf("%s is %v, %v; want %v", name, x, err, want)
		}
		if dt, ok := f.DType(name); !ok || dt != x.DType() || dt.Size() != 2 {
			t.Errorf("%s is of %v, and the file says %v", name, x.DType(), dt)
		}
	}
	if _, ok := f.DType("none"); ok {
		t.Error("there is a dtype of no tensor")
	}
}

// Whatever the bytes are, Read and Tensor return, and what they accept can be written and read again.
func FuzzRead(f *testing.F) {
	good := encode(f, sample(), map[string]string{"k": "v"})
	f.Add(good)
	f.Add(good[:20])
	f.Add(file(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}`, 4))
	f.Add(file(`{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("error does not wrap ErrCorrupt: %v", err)
			}
			return
		}
		var ts []Named
		for _, name := range file.Names() {
			x, err := file.Tensor(name)
			if err != nil {
				return // a bool that is none
			}
			ts = append(ts, Named{name, x})
		}
		var b bytes.Buffer
		if err := Write(&b, ts, file.Meta()); err != nil {
			return // names that the format reserves
		}
		again, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil || len(again.Names()) != len(ts) {
			t.Fatalf("written and read again: %v, %d of %d tensors", err, len(again.Names()), len(ts))
		}
	})
}
