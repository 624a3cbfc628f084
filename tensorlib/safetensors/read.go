package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/tensorlib"
)

// ErrCorrupt is wrapped by the errors of files that do not follow the format.
var ErrCorrupt = errors.New("corrupt or truncated")

// maxHeader is the largest header that is read, in bytes: the format's own limit.
const maxHeader = 100 << 20

// File is an open file whose header has been read and checked. Its methods may be called from several goroutines.
type File struct {
	name    string
	r       io.ReaderAt
	closer  io.Closer
	payload int64 // where it starts
	entries map[string]entry
	names   []string // in the order of the payload
	meta    map[string]string
}

// Open opens a file and checks its header. The caller closes it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	file, err := Read(f, info.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file.name, file.closer = path, f
	return file, nil
}

// Read checks the header of the size bytes in r, which must stay readable while the File is used.
func Read(r io.ReaderAt, size int64) (*File, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, corrupt("%d bytes are no file: %v", size, err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, corrupt("the header is said to have %d bytes in a file of %d", n, size)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, 8); err != nil {
		return nil, corrupt("header: %v", err)
	}
	f := &File{name: "file", r: r, payload: 8 + int64(n), entries: map[string]entry{}}
	if err := f.parse(header); err != nil {
		return nil, err
	}
	return f, f.check(size - f.payload)
}

func corrupt(format string, a ...any) error {
	return fmt.Errorf("safetensors: %w: "+format, append([]any{ErrCorrupt}, a...)...)
}

// parse reads the header. Names that come twice, which encoding/json would let pass, are refused.
func (f *File) parse(header []byte) error {
	d := json.NewDecoder(bytes.NewReader(header))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return corrupt("the header is not a JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return corrupt("header: %v", err)
		}
		name := key.(string) // keys of an object are strings, or Token fails
		if name == metadataKey {
			if err := d.Decode(&f.meta); err != nil {
				return corrupt("metadata: %v", err)
			}
			continue
		}
		var e entry
		if err := d.Decode(&e); err != nil {
			return corrupt("tensor %q: %v", name, err)
		}
		if _, twice := f.entries[name]; twice {
			return corrupt("tensor %q is listed twice", name)
		}
		f.entries[name] = e
		f.names = append(f.names, name)
	}
	if _, err := d.Token(); err != nil {
		return corrupt("header: %v", err)
	}
	if rest := strings.TrimSpace(string(header[d.InputOffset():])); rest != "" {
		return corrupt("header: %d bytes follow the JSON object", len(rest))
	}
	return nil
}

// check makes sure that the tensors fill the payload of size bytes, each exactly as large as its shape, without gaps.
func (f *File) check(size int64) error {
	for _, name := range f.names {
		e := f.entries[name]
		want, err := e.bytes()
		if err != nil {
			return corrupt("tensor %q: %v", name, err)
		}
		if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1]-e.Offsets[0] != want || int64(e.Offsets[1]) > size {
			return corrupt("tensor %q: %s%v needs %d bytes, data_offsets are %v in a payload of %d", name, e.DType, e.Shape, want, e.Offsets, size)
		}
	}
	slices.SortStableFunc(f.names, func(a, b string) int {
		x, y := f.entries[a].Offsets, f.entries[b].Offsets
		return cmpPair(x[0], y[0], x[1], y[1])
	})
	at := 0
	for _, name := range f.names {
		e := f.entries[name]
		if e.Offsets[0] != at {
			return corrupt("tensor %q begins at %d, the one before it ends at %d", name, e.Offsets[0], at)
		}
		at = e.Offsets[1]
	}
	if int64(at) != size {
		return corrupt("the tensors have %d bytes, the payload %d", at, size)
	}
	return nil
}

// cmpPair orders (a, c) before (b, d).
func cmpPair(a, b, c, d int) int {
	if a != b {
		return a - b
	}
	return c - d
}

// bytes is the size of the tensor's data.
func (e entry) bytes() (int, error) {
	dt, ok := dtypes[e.DType]
	if !ok {
		return 0, fmt.Errorf("dtype %q is not supported; %s are", e.DType, strings.Join(slices.Sorted(maps.Keys(dtypes)), ", "))
	}
	n := dt.Size()
	if len(e.Shape) > 8 {
		return 0, fmt.Errorf("%d dimensions, at most 8 are supported", len(e.Shape))
	}
	most := 1 // elements, were there no size 0
	for _, d := range e.Shape {
		if d < 0 || d > 0 && most > (1<<44)/d {
			return 0, fmt.Errorf("shape %v is absurd", e.Shape)
		}
		most *= max(d, 1)
		n *= d
	}
	return n, nil
}

// Names lists the tensors in the order of the file.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Meta is the metadata; nil when there is none.
func (f *File) Meta() map[string]string { return f.meta }

// Shape is the shape of a tensor; ok is false when there is none of that name.
func (f *File) Shape(name string) (shape tensorlib.Shape, ok bool) {
	e, ok := f.entries[name]
	return append(tensorlib.Shape{}, e.Shape...), ok
}

// DType is the type of a tensor's elements; ok is false when there is none of that name.
func (f *File) DType(name string) (dt tensorlib.DType, ok bool) {
	e, ok := f.entries[name]
	return dtypes[e.DType], ok
}

// Tensor reads one tensor, in the dtype it is stored in: To(Float32) makes the others fit for computing.
func (f *File) Tensor(name string) (*tensorlib.Tensor, error) {
	e, ok := f.entries[name]
	if !ok {
		return nil, fmt.Errorf("safetensors: %s has no tensor %q; it has %d others", f.name, name, len(f.names))
	}
	data := make([]byte, e.Offsets[1]-e.Offsets[0])
	if n, err := f.r.ReadAt(data, f.payload+int64(e.Offsets[0])); n < len(data) {
		return nil, fmt.Errorf("safetensors: %s: tensor %q: %w", f.name, name, err)
	}
	dt := dtypes[e.DType]
	if dt == tensorlib.Bool {
		if i := slices.IndexFunc(data, func(b byte) bool { return b > 1 }); i >= 0 {
			return nil, corrupt("tensor %q: byte %d at %d is no bool", name, data[i], i)
		}
	}
	return tensorlib.FromBytes(dt, data, e.Shape...), nil
}

// Close closes the file, if Open opened one.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
