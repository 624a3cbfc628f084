package arrowio

import (
	"encoding/binary"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"
)

// Arrow's own reader makes room for as many fields, buffers and bytes as a file says it has, before it looks whether they are there: a damaged
// file would end the program for want of memory, which nothing recovers from. So each count is held against the file first. What does not
// fit panics, as a wrong offset does, which Rows turns into an error.

// Numbers of the schemas beside those of parse.go.
const (
	footerDictionaries                                = 2
	fieldChildren, fieldMetadata                      = 5, 6
	schemaMetadata, messageBody, batchVariadic        = 2, 3, 4
	headerSchema, headerDictionaryBatch, dictionaryOf = 1, 2, 1
	maxDepth                                          = 64      // of types in types
	maxInflated                                       = 1 << 31 // bytes of a batch
)

// guard checks the counts of a file or stream.
func guard(file []byte, stream bool) {
	if stream {
		guardStream(file)
		return
	}
	footer, err := footerOf(file)
	if err != nil {
		panic(err)
	}
	guardSchema(table(footer, footerSchema))
	for _, field := range []int{footerDictionaries, footerBatches} {
		at, n := counted(footer, field, blockSize)
		for i := range n {
			p := at + flatbuffers.UOffsetT(i*blockSize)
			offset, meta, body := footer.GetInt64(p), int64(footer.GetInt32(p+8)), footer.GetInt64(p+16)
			size := int64(len(file))
			if offset < 8 || meta < 8 || body < 0 || offset > size || meta > size-offset || body > size-offset-meta {
				panic(fmt.Sprintf("a batch at byte %d of %d + %d bytes", offset, meta, body))
			}
			header := file[offset : offset+meta]
			prefix := 4
			if binary.LittleEndian.Uint32(header) == 0xFFFFFFFF {
				prefix = 8
			}
			guardMessage(root(header[prefix:]), file[offset+meta:offset+meta+body])
		}
	}
}

// guardStream checks the messages of a stream one after the other.
func guardStream(file []byte) {
	for len(file) >= 8 && binary.LittleEndian.Uint32(file) == 0xFFFFFFFF {
		meta := int64(int32(binary.LittleEndian.Uint32(file[4:])))
		if meta == 0 {
			return
		}
		if meta < 8 || meta > int64(len(file)-8) {
			panic(fmt.Sprintf("a message of %d bytes", meta))
		}
		message := root(file[8 : 8+meta])
		body := message.GetInt64Slot(slot(messageBody), 0)
		file = file[8+meta:]
		if body < 0 || body > int64(len(file)) {
			panic(fmt.Sprintf("a body of %d bytes", body))
		}
		guardMessage(message, file[:body])
		file = file[body:]
	}
	if len(file) >= 4 && binary.LittleEndian.Uint32(file) != 0xFFFFFFFF {
		panic("a message without its mark")
	}
}

func guardMessage(message *flatbuffers.Table, body []byte) {
	header := table(message, messageHeader)
	if n := message.GetInt64Slot(slot(messageBody), 0); n < 0 || n > int64(len(body)) {
		panic(fmt.Sprintf("a body of %d bytes", n))
	}
	counted(message, 4, 4) // custom metadata
	switch kind := message.GetByteSlot(slot(messageHeaderType), 0); {
	case header == nil:
		panic("a message without a header")
	case kind == headerSchema:
		guardSchema(header)
	case kind == headerDictionaryBatch:
		guardBatch(table(header, dictionaryOf), body)
	case kind == headerRecordBatch:
		guardBatch(header, body)
	default:
		panic(fmt.Sprintf("a message of kind %d", kind))
	}
}

func guardSchema(schema *flatbuffers.Table) {
	if schema == nil {
		panic("no schema")
	}
	counted(schema, schemaMetadata, 4)
	guardFields(schema, schemaFields, 0)
}

func guardFields(of *flatbuffers.Table, vector, depth int) {
	if depth > maxDepth {
		panic("types within types without end")
	}
	at, n := counted(of, vector, 4)
	for i := range n {
		field := &flatbuffers.Table{Bytes: of.Bytes, Pos: of.Indirect(at + flatbuffers.UOffsetT(4*i))}
		counted(field, fieldMetadata, 4)
		guardFields(field, fieldChildren, depth+1)
	}
}

func guardBatch(batch *flatbuffers.Table, body []byte) {
	if batch == nil {
		panic("a batch without a header")
	}
	counted(batch, batchVariadic, 8)
	room := int64(0) // bytes of all columns
	at, n := counted(batch, batchBuffers, structSize)
	for i := range n {
		p := at + flatbuffers.UOffsetT(i*structSize)
		start, length := batch.GetInt64(p), batch.GetInt64(p+8)
		if start < 0 || length < 0 || start > int64(len(body)) || length > int64(len(body))-start {
			panic(fmt.Sprintf("a buffer of bytes %d + %d", start, length))
		}
		if table(batch, batchCompression) != nil && length >= 8 {
			length = max(length, int64(binary.LittleEndian.Uint64(body[start:])))
		}
		if room += length; room > maxInflated {
			panic(fmt.Sprintf("a batch of more than %d bytes", maxInflated))
		}
	}
	at, n = counted(batch, batchNodes, structSize)
	rows := batch.GetInt64Slot(slot(batchLength), 0)
	for i := range n {
		p := at + flatbuffers.UOffsetT(i*structSize)
		length, nulls := batch.GetInt64(p), batch.GetInt64(p+8)
		if length < 0 || length > 8*room || nulls < 0 || nulls > length {
			panic(fmt.Sprintf("a column of %d rows, %d of them null, in %d bytes", length, nulls, room))
		}
	}
	if rows < 0 || rows > 8*room {
		panic(fmt.Sprintf("%d rows in %d bytes", rows, room))
	}
}

// counted is vector whose elements, of size bytes each, lie within the flatbuffer.
func counted(t *flatbuffers.Table, field, size int) (flatbuffers.UOffsetT, int) {
	at, n := vector(t, field)
	if n < 0 || int64(at)+int64(n)*int64(size) > int64(len(t.Bytes)) {
		panic(fmt.Sprintf("%d elements where there is no room for them", n))
	}
	return at, n
}
