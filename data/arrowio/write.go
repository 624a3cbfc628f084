package arrowio

import (
	"errors"
	"fmt"
	"math"
	"os"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// column is the name of the only column of a token file.
const column = "tokens"

// batchTokens is how many tokens a record batch holds.
const batchTokens = 1 << 22

// WriteTokens writes ids, each in [0, 2^32), to a new token file at path and flushes it to the disk. A file that was
// there is replaced.
func WriteTokens(path string, ids []int) (err error) {
	largest := 0
	for i, id := range ids {
		if id < 0 || id > math.MaxUint32 {
			return fmt.Errorf("write tokens %s: token %d is %d, want 0 to %d", path, i, id, uint32(math.MaxUint32))
		}
		largest = max(largest, id)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	if largest <= math.MaxUint16 {
		err = writeColumn[uint16](f, arrow.PrimitiveTypes.Uint16, ids)
	} else {
		err = writeColumn[uint32](f, arrow.PrimitiveTypes.Uint32, ids)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write tokens %s: %w", path, err)
	}
	return nil
}

// writeColumn writes ids as elements of type E, which is the Arrow type dt.
func writeColumn[E uint16 | uint32](f *os.File, dt arrow.DataType, ids []int) error {
	schema := arrow.NewSchema([]arrow.Field{{Name: column, Type: dt}}, nil)
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	buf := make([]E, min(len(ids), batchTokens))
	for len(ids) > 0 {
		n := min(len(ids), batchTokens)
		for i, id := range ids[:n] {
			buf[i] = E(id)
		}
		ids = ids[n:]
		if err := writeBatch(w, schema, dt, bytesOf(buf[:n]), n); err != nil {
			return err
		}
	}
	return w.Close()
}

func writeBatch(w *ipc.FileWriter, schema *arrow.Schema, dt arrow.DataType, raw []byte, n int) error {
	data := array.NewData(dt, n, []*memory.Buffer{nil, memory.NewBufferBytes(raw)}, nil, 0, 0)
	defer data.Release()
	col := array.MakeFromData(data)
	defer col.Release()
	rec := array.NewRecord(schema, []arrow.Array{col}, int64(n))
	defer rec.Release()
	return w.Write(rec)
}

func bytesOf[E uint16 | uint32](s []E) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(E(0))))
}
