package arrowio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
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

func ids(n, below int) []int {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	s := make([]int, n)
	for i := range s {
		s[i] = r.IntN(below)
	}
	return s
}

func open(t *testing.T, path string) *Tokens {
	t.Helper()
	tok, err := OpenTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tok.Close(); err != nil {
			t.Error(err)
		}
	})
	return tok
}

// writeIDs writes ids in parts of 1000.
func writeIDs(path string, ids []int) error {
	bound := 1
	if len(ids) > 0 {
		bound += slices.Max(ids)
	}
	n, err := WriteTokens(path, bound, func(write func([]int32) error) error {
		for part := range slices.Chunk(ids, 1000) {
			var narrow []int32
			for _, id := range part {
				narrow = append(narrow, int32(id))
			}
			if err := write(narrow); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && n != len(ids) {
		err = fmt.Errorf("wrote %d of %d tokens", n, len(ids))
	}
	return err
}

func TestWriteThenRead(t *testing.T) {
	for _, c := range []struct{ n, below int }{{0, 1}, {1, 65}, {1000, 65}, {1000, 1 << 16}, {1001, 1<<31 - 1}, {batchTokens + 77, 300}} {
		path := filepath.Join(t.TempDir(), "t.arrow")
		want := ids(c.n, c.below)
		if err := writeIDs(path, want); err != nil {
			t.Fatal(err)
		}
		tok := open(t, path)
		if tok.Len() != c.n {
			t.Fatalf("Len() = %d, want %d", tok.Len(), c.n)
		}
		got := make([]int32, c.n)
		tok.Read(got, 0)
		largest := -1
		for i := range want {
			if int(got[i]) != want[i] {
				t.Fatalf("%d below %d: token %d is %d, want %d", c.n, c.below, i, got[i], want[i])
			}
			largest = max(largest, want[i])
		}
		if tok.Max() != largest {
			t.Errorf("Max() = %d, want %d", tok.Max(), largest)
		}
	}
}

func TestReadAcrossBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.arrow")
	want := ids(batchTokens+10, 50)
	if err := writeIDs(path, want); err != nil {
		t.Fatal(err)
	}
	got := make([]int32, 8)
	open(t, path).Read(got, batchTokens-4)
	for i, v := range got {
		if int(v) != want[batchTokens-4+i] {
			t.Errorf("token %d is %d, want %d", batchTokens-4+i, v, want[batchTokens-4+i])
		}
	}
}

func TestArrowReadsOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.arrow")
	want := ids(1000, 500)
	if err := writeIDs(path, want); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewFileReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rec, err := r.Record(0)
	if err != nil {
		t.Fatal(err)
	}
	col := rec.Column(0).(*array.Uint16)
	for i, v := range col.Uint16Values() {
		if int(v) != want[i] {
			t.Fatalf("Arrow reads token %d as %d, want %d", i, v, want[i])
		}
	}
}

func TestReadOutOfRangePanics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.arrow")
	if err := writeIDs(path, ids(10, 5)); err != nil {
		t.Fatal(err)
	}
	tok := open(t, path)
	for _, at := range []int{-1, 8, 1 << 62} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Read of 3 tokens at %d of 10: no panic", at)
				}
			}()
			tok.Read(make([]int32, 3), at)
		}()
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := writeIDs(filepath.Join(dir, "t"), []int{1, -2}); err == nil || !strings.Contains(err.Error(), "token 1 is -2") {
		t.Errorf("a negative token: %v", err)
	}
	if err := writeIDs(filepath.Join(dir, "no", "t"), nil); err == nil {
		t.Error("a missing directory: no error")
	}
}

// foreign writes an Arrow file with another schema, or compressed.
func foreign(t *testing.T, dt arrow.DataType, name string, nulls int, opts ...ipc.Option) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.arrow")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := arrow.NewSchema([]arrow.Field{{Name: name, Type: dt, Nullable: true}}, nil)
	w, err := ipc.NewFileWriter(f, append(opts, ipc.WithSchema(schema))...)
	if err != nil {
		t.Fatal(err)
	}
	build := array.NewBuilder(memory.DefaultAllocator, dt)
	for range 1000 {
		build.AppendEmptyValue()
	}
	for range nulls {
		build.AppendNull()
	}
	if err := w.Write(array.NewRecord(schema, []arrow.Array{build.NewArray()}, -1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenRefuses(t *testing.T) {
	u16 := arrow.PrimitiveTypes.Uint16
	good := foreign(t, u16, "tokens", 0)
	longFooter := slices.Clone(good)
	binary.LittleEndian.PutUint32(longFooter[len(good)-10:], 1<<30)
	negativeFooter := slices.Clone(good)
	binary.LittleEndian.PutUint32(negativeFooter[len(good)-10:], 1<<31)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, "not an Arrow IPC file"},
		"text":            {[]byte("To be, or not to be, that is the question"), "not an Arrow IPC file"},
		"magic only":      {[]byte("ARROW1"), "truncated"},
		"half":            {good[:len(good)/2], "truncated or corrupt: no end mark"},
		"long footer":     {longFooter, "footer's length"},
		"negative footer": {negativeFooter, "footer's length"},
		"float column":    {foreign(t, arrow.PrimitiveTypes.Float32, "tokens", 0), "not of uint16 or uint32"},
		"signed column":   {foreign(t, arrow.PrimitiveTypes.Int32, "tokens", 0), "not of uint16 or uint32"},
		"other column":    {foreign(t, u16, "labels", 0), `its column is "labels", want "tokens"`},
		"nulls":           {foreign(t, u16, "tokens", 3), "3 tokens are null"},
		"compressed":      {foreign(t, u16, "tokens", 0, ipc.WithLZ4()), "compressed"},
	} {
		path := filepath.Join(t.TempDir(), "x.arrow")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenTokens(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q with the path", name, err, c.want)
		}
	}
	if _, err := OpenTokens(t.TempDir()); err == nil {
		t.Error("a directory: no error")
	}
}

// check opens b as a file's contents; whatever it says, reading every token must be safe.
func check(b []byte) error {
	t := &Tokens{path: "test", mapped: aligned(b)}
	if err := t.parse(); err != nil {
		return err
	}
	t.Read(make([]int32, t.Len()), 0)
	t.Max()
	return nil
}

// aligned copies b to memory aligned as a map is.
func aligned(b []byte) []byte {
	words := make([]uint32, len(b)/4+1)
	raw := bytesOf(words)[:len(b)]
	copy(raw, b)
	return raw
}

// Every word of the file's frame is overwritten with lies.
func TestLiesAreSafe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.arrow")
	if err := writeIDs(path, ids(40, 60)); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for at := range len(good) - 3 {
		for _, lie := range []uint32{0, 1, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, uint32(len(good)), uint32(len(good)) - 8} {
			bad := slices.Clone(good)
			binary.LittleEndian.PutUint32(bad[at:], lie)
			if check(bad) != nil {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("no lie was refused")
	}
	for n := range good {
		if check(good[:n]) == nil {
			t.Errorf("the first %d of %d bytes pass as a file", n, len(good))
		}
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "t.arrow")
	if err := writeIDs(path, []int{1, 2, 3}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(_ *testing.T, b []byte) { _ = check(b) })
}
