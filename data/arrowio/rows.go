package arrowio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
)

// streamMark begins an Arrow IPC stream.
var streamMark = []byte{0xFF, 0xFF, 0xFF, 0xFF}

// IsTable reports whether a file looks like an Arrow IPC file or stream.
func IsTable(file []byte) bool {
	return bytes.HasPrefix(file, magic) || bytes.HasPrefix(file, streamMark)
}

// Rows calls on with each row of an Arrow IPC file, or stream as Hugging Face's datasets keeps them, as a JSON object of its columns, and
// its number, from 1. It ends with the first error of on.
func Rows(file []byte, on func(n int, row []byte) error) (err error) {
	defer func() {
		if r := recover(); r != nil { // Arrow's reader takes much on trust
			err = fmt.Errorf("%w: %v", errTruncated, r)
		}
	}()
	guard(file, !bytes.HasPrefix(file, magic))
	next, done, err := records(file)
	if err != nil {
		return fmt.Errorf("not an Arrow file: %w", err)
	}
	defer done()
	n := 0
	for {
		rec, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errTruncated, err)
		}
		for i := range int(rec.NumRows()) {
			row, err := jsonOf(rec, i)
			if err != nil {
				return err
			}
			n++
			if err := on(n, row); err != nil {
				return err
			}
		}
	}
}

// records returns a function that gives the record batches of a file or stream one after the other, and one that ends its use.
func records(file []byte) (next func() (arrow.Record, error), done func(), err error) {
	if bytes.HasPrefix(file, magic) {
		r, err := ipc.NewFileReader(bytes.NewReader(file))
		if err != nil {
			return nil, nil, err
		}
		return r.Read, func() { _ = r.Close() }, nil // in memory
	}
	r, err := ipc.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, nil, err
	}
	return r.Read, r.Release, nil
}

// jsonOf is row i of a record batch.
func jsonOf(rec arrow.Record, i int) ([]byte, error) {
	row := make(map[string]any, rec.NumCols())
	for c, column := range rec.Columns() {
		row[rec.ColumnName(c)] = column.GetOneForMarshal(i)
	}
	return json.Marshal(row)
}
