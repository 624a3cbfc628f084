package arrowio

import (
	"errors"
	"fmt"
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
const batchTokens = 1 << 16

// WriteTokens writes tokens, each in [0, bound), to a new token file at path, flushes it to the disk, and returns how many there are. each
// calls write with one part of them after the other; write keeps none. A file that was there is replaced.
func WriteTokens(path string, bound int, each func(write func(ids []int32) error) error) (n int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write tokens: %w", err)
	}
	if bound <= 1<<16 {
		n, err = writeColumn[uint16](f, arrow.PrimitiveTypes.Uint16, bound, each)
	} else {
		n, err = writeColumn[uint32](f, arrow.PrimitiveTypes.Uint32, bound, each)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return n, fmt.Errorf("write tokens %s: %w", path, err)
	}
	return n, nil
}

// writeColumn writes tokens as elements of type E, which is the Arrow type dt.
func writeColumn[E uint16 | uint32](f *os.File, dt arrow.DataType, bound int, each func(func([]int32) error) error) (n int, err error) {
	schema := arrow.NewSchema([]arrow.Field{{Name: column, Type: dt}}, nil)
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema))
	if err != nil {
		return 0, err
	}
	var buf []E
	err = each(func(ids []int32) error {
		for len(ids) > 0 {
			part := ids[:min(len(ids), batchTokens-len(buf))]
			for _, id := range part {
				if id < 0 || int(id) >= bound {
					return fmt.Errorf("token %d is %d, want 0 to %d", n, id, bound-1)
				}
				buf = append(buf, E(id))
				n++
			}
			if ids = ids[len(part):]; len(buf) == batchTokens {
				if err := writeBatch(w, schema, dt, bytesOf(buf), len(buf)); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
		return nil
	})
	if err == nil && len(buf) > 0 {
		err = writeBatch(w, schema, dt, bytesOf(buf), len(buf))
	}
	return n, errors.Join(err, w.Close())
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
