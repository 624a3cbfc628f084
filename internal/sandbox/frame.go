package sandbox

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/athanor-ml/athanor/kernel"
)

// frame is one message between kernel and sandbox: four bytes of length, big endian, then this as JSON. ID ties replies,
// cancels and output to their request.
type frame struct {
	Kind string          `json:"kind"`
	ID   int64           `json:"id"`
	Body json.RawMessage `json:"body,omitempty"`
}

const maxFrame = 1 << 30

// The bodies of the frames that have one. execute carries a kernel.Cell; its reply a kernel.Result.
type (
	query struct { // complete, inspect, is_complete
		Code   string `json:"code"`
		Cursor int    `json:"cursor"`
		Detail int    `json:"detail"`
	}
	completeness struct {
		Status kernel.Completeness `json:"status"`
		Indent string              `json:"indent"`
	}
	display struct {
		Seq      int64         `json:"seq"`
		Data     kernel.Bundle `json:"data"`
		Metadata kernel.Bundle `json:"metadata"`
		ID       string        `json:"id"`
		Update   bool          `json:"update"`
	}
	clearing struct {
		Seq  int64 `json:"seq"`
		Wait bool  `json:"wait"`
	}
	question struct {
		Seq      int64  `json:"seq"`
		Prompt   string `json:"prompt"`
		Password bool   `json:"password"`
	}
	answer struct {
		Seq   int64  `json:"seq"`
		Value string `json:"value"`
		Error string `json:"error"`
	}
)

// writer sends frames from many goroutines.
type writer struct {
	mu sync.Mutex
	w  io.Writer
}

func (w *writer) send(kind string, id int64, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("sandbox: encode %s: %w", kind, err)
	}
	data, err := json.Marshal(frame{kind, id, raw})
	if err != nil {
		return fmt.Errorf("sandbox: encode %s: %w", kind, err)
	}
	buf := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(data)), uint32(len(data)))
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.w.Write(append(buf, data...))
	return err
}

// readFrames calls handle for every frame until r ends; the end itself is nil.
func readFrames(r io.Reader, handle func(frame) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(head[:])
		if n > maxFrame {
			return fmt.Errorf("sandbox: a frame of %d bytes: the pipe is garbled", n)
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(in, data); err != nil {
			return err
		}
		var f frame
		if err := json.Unmarshal(data, &f); err != nil {
			return fmt.Errorf("sandbox: the pipe is garbled: %w", err)
		}
		if err := handle(f); err != nil {
			return err
		}
	}
}
