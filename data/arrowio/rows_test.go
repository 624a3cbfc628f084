package arrowio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// tables are one table as an Arrow file and as a stream.
func tables(tb testing.TB) (file, stream []byte) {
	tb.Helper()
	turn := arrow.StructOf(arrow.Field{Name: "role", Type: arrow.BinaryTypes.String}, arrow.Field{Name: "content", Type: arrow.BinaryTypes.String})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "prompt", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "messages", Type: arrow.ListOf(turn), Nullable: true},
	}, nil)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(
		`[{"prompt": "é", "messages": null}, {"prompt": null, "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}]`))
	if err != nil {
		tb.Fatal(err)
	}
	var s bytes.Buffer
	w := ipc.NewWriter(&s, ipc.WithSchema(schema))
	if err := w.Write(rec); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return fileOf(tb, schema, rec), s.Bytes()
}

func fileOf(tb testing.TB, schema *arrow.Schema, rec arrow.Record) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "table.arrow")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema), ipc.WithZstd())
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestRowsOfFilesAndStreams(t *testing.T) {
	file, stream := tables(t)
	for what, table := range map[string][]byte{"file": file, "stream": stream} {
		var got []string
		err := Rows(table, func(n int, row []byte) error {
			got = append(got, fmt.Sprintf("%d %s", n, row))
			return nil
		})
		want := `[1 {"messages":null,"prompt":"é"} 2 {"messages":[{"content":"x","role":"user"},{"content":"y","role":"assistant"}],"prompt":null}]`
		if err != nil || fmt.Sprint(got) != want || !IsTable(table) {
			t.Errorf("%s: %v, %v\nwant %s", what, got, err, want)
		}
		for n := 0; n < len(table); n += 13 {
			_ = Rows(table[:n], func(int, []byte) error { return nil }) // may end early, must not panic
		}
	}
	if IsTable([]byte(`{"prompt"`)) {
		t.Error("JSON is taken for a table")
	}
}

// A damaged table is an error, whatever it says of its sizes: Arrow's reader would ask for the memory.
func TestLyingTablesAreSafe(t *testing.T) {
	file, stream := tables(t)
	for _, table := range [][]byte{file, stream} {
		for at := 0; at+4 <= len(table); at += 4 {
			for _, lie := range []uint32{0x7FFFFFFF, 0xFFFFFFF0, 0x00FFFFFF, 1} {
				bad := slices.Clone(table)
				binary.LittleEndian.PutUint32(bad[at:], lie)
				_ = Rows(bad, func(int, []byte) error { return nil })
			}
		}
	}
}

func FuzzRows(f *testing.F) {
	file, stream := tables(f)
	f.Add(file)
	f.Add(stream)
	f.Fuzz(func(_ *testing.T, table []byte) {
		_ = Rows(table, func(int, []byte) error { return nil })
	})
}
