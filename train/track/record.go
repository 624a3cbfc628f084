package track

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"
)

// Record is what was measured at one step. A value that is absent was not measured; 0 is a value.
type Record struct {
	Step   int // counts from 1
	Time   time.Time
	Values map[string]float64 // "loss", "valLoss", "lr", …: the names are the stage's
}

// MarshalJSON writes a flat object, {"step":1,"time":"…","loss":4.2}, the values in alphabetical order. Values must be finite.
func (r Record) MarshalJSON() ([]byte, error) {
	b := strconv.AppendInt([]byte(`{"step":`), int64(r.Step), 10)
	b = r.Time.AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano)
	b = append(b, '"')
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if name == "step" || name == "time" {
			return nil, fmt.Errorf("a value cannot be named %q", name)
		}
		v, err := json.Marshal(r.Values[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b = append(append(strconv.AppendQuote(append(b, ','), name), ':'), v...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Record) UnmarshalJSON(text []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	*r = Record{Values: make(map[string]float64, len(all))}
	if err := json.Unmarshal(all["step"], &r.Step); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if raw, ok := all["time"]; ok {
		if err := json.Unmarshal(raw, &r.Time); err != nil {
			return fmt.Errorf("time: %w", err)
		}
	}
	for name, raw := range all {
		if name == "step" || name == "time" {
			continue
		}
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return fmt.Errorf("%s is %.40s, want a number", name, raw)
		}
		r.Values[name] = v
	}
	return nil
}

// Writer appends records to a file. It has no locks: one goroutine writes.
type Writer struct {
	file *os.File
	line []byte
}

// Create opens the file at path for the steps after keep: later records, of an attempt that got further than its last
// checkpoint, and a torn last line are cut off. The file is made when absent. What was there is copied to a new file that
// takes its name, so that an attempt which still has the old one open writes into nothing.
func Create(path string, keep int) (*Writer, error) {
	if err := Truncate(path, keep); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open metrics: %w", err)
	}
	return &Writer{file: f}, nil
}

// Write appends one record with a single system call, so that a reader sees it whole or torn at its end, never mixed.
func (w *Writer) Write(r Record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("metrics of step %d: %w", r.Step, err)
	}
	w.line = append(append(w.line[:0], b...), '\n')
	if _, err := w.file.Write(w.line); err != nil {
		return fmt.Errorf("metrics of step %d: %w", r.Step, err)
	}
	return nil
}

// Sync flushes the file to the disk.
func (w *Writer) Sync() error {
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// Close flushes the file to the disk and closes it.
func (w *Writer) Close() error { return errors.Join(w.file.Sync(), w.file.Close()) }

// Truncate cuts the file at path after the record of step keep, by a new file in its place. A file that does not exist
// is no error.
func Truncate(path string, keep int) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cut metrics: %w", err)
	}
	var end int64
	for line, r := range records(b) {
		if r.Step > keep {
			break
		}
		end = line.end
	}
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("cut metrics: %w", err)
	}
	_, err = f.Write(b[:end])
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cut metrics: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("cut metrics: %w", err)
	}
	return nil
}

// Read returns the records of the file at path. A torn last line is passed over; any other line that is not a record is an error.
func Read(path string) ([]Record, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	var all []Record
	var end int64
	for line, r := range records(b) {
		all, end = append(all, r), line.end
	}
	if rest := b[end:]; bytes.IndexByte(rest, '\n') >= 0 {
		return all, fmt.Errorf("read metrics: %s, line %d is not a record: %.60q", path, len(all)+1, rest)
	}
	return all, nil
}

// line is where a whole line lies in a file: [begin, end), with its newline.
type line struct{ begin, end int64 }

// records yields the whole, well-formed lines of b in order, up to the first that is not.
func records(b []byte) func(yield func(line, Record) bool) {
	return func(yield func(line, Record) bool) {
		at := int64(0)
		for {
			n := bytes.IndexByte(b[at:], '\n')
			if n < 0 {
				return
			}
			var r Record
			next := at + int64(n) + 1
			if json.Unmarshal(b[at:next], &r) != nil || !yield(line{at, next}, r) {
				return
			}
			at = next
		}
	}
}
