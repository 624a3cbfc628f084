package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/athanor-ml/athanor/tensorlib"
)

// Named is a tensor and its name.
type Named struct {
	Name   string
	Tensor *tensorlib.Tensor
}

// metadataKey is the header's one entry that is not a tensor.
const metadataKey = "__metadata__"

// payloadAlign is the multiple of bytes at which the payload starts.
const payloadAlign = 64

// WriteFile writes a new file, or replaces one, and flushes it to the disk. It is not atomic: a reader may see a part, so
// write beside the final name and rename where that matters.
func WriteFile(path string, ts []Named, meta map[string]string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("safetensors %s: %w", path, cerr)
		}
	}()
	if err := Write(f, ts, meta); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("safetensors %s: %w", path, err)
	}
	return nil
}

// Write writes the tensors, whose names differ, and the metadata, which may be nil. The same arguments give the same bytes.
func Write(w io.Writer, ts []Named, meta map[string]string) error {
	ts = slices.Clone(ts)
	slices.SortStableFunc(ts, func(a, b Named) int { return b.Tensor.DType().Size() - a.Tensor.DType().Size() })
	header, err := headerOf(ts, meta)
	if err != nil {
		return err
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(append(head, header...)); err != nil {
		return fmt.Errorf("safetensors: header: %w", err)
	}
	for _, t := range ts {
		if _, err := w.Write(t.Tensor.Bytes()); err != nil {
			return fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
		}
	}
	return nil
}

// headerOf is the JSON header, padded with spaces so that the payload is aligned.
func headerOf(ts []Named, meta map[string]string) ([]byte, error) {
	entries := make(map[string]any, len(ts)+1)
	at := 0
	for _, t := range ts {
		if _, twice := entries[t.Name]; twice || t.Name == metadataKey || t.Name == "" {
			return nil, fmt.Errorf("safetensors: tensor name %q is empty, reserved or used twice", t.Name)
		}
		size := t.Tensor.Numel() * t.Tensor.DType().Size()
		entries[t.Name] = entry{DType: names[t.Tensor.DType()], Shape: append([]int{}, t.Tensor.Shape()...), Offsets: []int{at, at + size}}
		at += size
	}
	if len(meta) > 0 {
		entries[metadataKey] = maps.Clone(meta)
	}
	header, err := json.Marshal(entries) // sorts the keys
	if err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	for (8+len(header))%payloadAlign != 0 {
		header = append(header, ' ')
	}
	return header, nil
}

// entry is one tensor in the header.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets []int  `json:"data_offsets"` // from the start of the payload
}
