package arrowio

// The layout of an Arrow IPC file (Arrow columnar format, "IPC File Format"):
//
//	"ARROW1\0\0"  messages …  footer (flatbuffer)  int32 length of the footer  "ARROW1"
//
// The footer lists where each record batch lies: its header, a flatbuffer behind a length prefix, and then its body, the
// buffers. Flatbuffers are followed through tables of offsets, any of which may lie; the library checks each access against
// the slice it was given by panicking, which parse turns into an error. Everything that leads out of the
// flatbuffers, into the file, is checked by hand.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"
)

var (
	magic        = []byte("ARROW1")
	errTruncated = errors.New("the file is truncated or corrupt")
)

// Numbers of the Arrow flatbuffer schemas (format/Schema.fbs, Message.fbs and File.fbs).
const (
	footerSchema, footerBatches           = 1, 3
	schemaEndianness, schemaFields        = 0, 1
	fieldName, fieldTypeType, fieldType   = 0, 2, 3
	typeInt, intBitWidth, intSigned       = 2, 0, 1
	messageHeaderType, messageHeader      = 1, 2
	headerRecordBatch                     = 3
	batchLength, batchNodes, batchBuffers = 0, 1, 2
	batchCompression                      = 3
	blockSize, structSize                 = 24, 16 // bytes of a Block; of a FieldNode or a Buffer
)

// parse fills t from its map.
func (t *Tokens) parse() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: an offset leads out of the file (%v)", errTruncated, r)
		}
	}()
	footer, err := footerOf(t.mapped)
	if err != nil {
		return err
	}
	width, err := tokenWidth(footer)
	if err != nil {
		return err
	}
	at, n := vector(footer, footerBatches)
	for i := range n {
		p := at + flatbuffers.UOffsetT(i*blockSize)
		offset, meta, body := footer.GetInt64(p), int64(footer.GetInt32(p+8)), footer.GetInt64(p+16)
		if err := t.parseBatch(offset, meta, body, width); err != nil {
			return fmt.Errorf("record batch %d: %w", i, err)
		}
	}
	return nil
}

// footerOf checks the frame of the file and finds the footer.
func footerOf(file []byte) (*flatbuffers.Table, error) {
	n := int64(len(file))
	if n < int64(len(magic)) || !bytes.Equal(file[:len(magic)], magic) {
		return nil, errors.New("not an Arrow IPC file")
	}
	tail := int64(4 + len(magic))
	if n < 8+tail || !bytes.Equal(file[n-int64(len(magic)):], magic) {
		return nil, fmt.Errorf("%w: no end mark", errTruncated)
	}
	size := int64(int32(binary.LittleEndian.Uint32(file[n-tail:])))
	if size < 8 || size > n-tail-8 {
		return nil, fmt.Errorf("%w: the footer's length is given as %d bytes", errTruncated, size)
	}
	return root(file[n-tail-size : n-tail]), nil
}

// tokenWidth checks the schema and returns the bytes of one token.
func tokenWidth(footer *flatbuffers.Table) (int, error) {
	schema := table(footer, footerSchema)
	if schema == nil {
		return 0, fmt.Errorf("%w: no schema", errTruncated)
	}
	if schema.GetInt16Slot(slot(schemaEndianness), 0) != 0 {
		return 0, errors.New("a big-endian file, which is not supported")
	}
	at, n := vector(schema, schemaFields)
	if n != 1 {
		return 0, fmt.Errorf("%d columns, want one, %q", n, column)
	}
	field := &flatbuffers.Table{Bytes: schema.Bytes, Pos: schema.Indirect(at)}
	name := ""
	if o := field.Offset(slot(fieldName)); o != 0 {
		name = string(field.ByteVector(flatbuffers.UOffsetT(o) + field.Pos))
	}
	if name != column {
		return 0, fmt.Errorf("its column is %q, want %q", name, column)
	}
	width := 0
	if kind := table(field, fieldType); kind != nil && field.GetByteSlot(slot(fieldTypeType), 0) == typeInt && !kind.GetBoolSlot(slot(intSigned), false) {
		width = int(kind.GetInt32Slot(slot(intBitWidth), 0)) / 8
	}
	if width != 2 && width != 4 {
		return 0, fmt.Errorf("column %q is not of uint16 or uint32", column)
	}
	return width, nil
}

// parseBatch adds the record batch whose header of meta bytes lies at offset, with a body of body bytes behind it.
func (t *Tokens) parseBatch(offset, meta, body int64, width int) error {
	size := int64(len(t.mapped))
	if offset < 8 || offset%8 != 0 || meta < 8 || meta%8 != 0 || body < 0 || offset > size || meta > size-offset || body > size-offset-meta {
		return fmt.Errorf("%w: a batch at byte %d of %d + %d bytes, in a file of %d", errTruncated, offset, meta, body, size)
	}
	header := t.mapped[offset : offset+meta]
	prefix := 4
	if binary.LittleEndian.Uint32(header) == 0xFFFFFFFF { // since Arrow 0.15
		prefix = 8
	}
	message := root(header[prefix:])
	if message.GetByteSlot(slot(messageHeaderType), 0) != headerRecordBatch {
		return fmt.Errorf("%w: the message is no record batch", errTruncated)
	}
	rb := table(message, messageHeader)
	if rb == nil {
		return fmt.Errorf("%w: the message has no header", errTruncated)
	}
	if table(rb, batchCompression) != nil {
		return errors.New("compressed, which is not supported: write the file without compression")
	}
	nodes, nn := vector(rb, batchNodes)
	buffers, nb := vector(rb, batchBuffers)
	if nn != 1 || nb != 2 {
		return fmt.Errorf("%w: %d columns and %d buffers, want 1 and 2", errTruncated, nn, nb)
	}
	rows, nulls := rb.GetInt64(nodes), rb.GetInt64(nodes+8)
	start, length := rb.GetInt64(buffers+structSize), rb.GetInt64(buffers+structSize+8)
	switch {
	case nulls != 0:
		return fmt.Errorf("%d tokens are null, want none", nulls)
	case rows < 0 || rows != rb.GetInt64Slot(slot(batchLength), 0):
		return fmt.Errorf("%w: %d rows in a column of %d", errTruncated, rb.GetInt64Slot(slot(batchLength), 0), rows)
	case start < 0 || start%8 != 0 || length < 0 || start > body || length > body-start || rows > length/int64(width):
		return fmt.Errorf("%w: %d tokens in bytes %d + %d of a body of %d", errTruncated, rows, start, length, body)
	}
	at := offset + meta + start
	t.add(t.mapped[at:at+length], int(rows), width)
	return nil
}

// root is the root table of a flatbuffer.
func root(b []byte) *flatbuffers.Table {
	return &flatbuffers.Table{Bytes: b, Pos: flatbuffers.GetUOffsetT(b)}
}

// slot is the place of field number n in a table's list of offsets.
func slot(n int) flatbuffers.VOffsetT { return flatbuffers.VOffsetT(4 + 2*n) }

// table is the table in field n of t; nil when absent.
func table(t *flatbuffers.Table, n int) *flatbuffers.Table {
	o := t.Offset(slot(n))
	if o == 0 {
		return nil
	}
	return &flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + flatbuffers.UOffsetT(o))}
}

// vector is where the elements of the vector in field n of t lie, and how many there are.
func vector(t *flatbuffers.Table, n int) (flatbuffers.UOffsetT, int) {
	o := flatbuffers.UOffsetT(t.Offset(slot(n)))
	if o == 0 {
		return 0, 0
	}
	return t.Vector(o), t.VectorLen(o)
}
