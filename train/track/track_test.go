package track

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, path string, keep, from, to int) {
	t.Helper()
	w, err := Create(path, keep)
	if err != nil {
		t.Fatal(err)
	}
	for s := from; s <= to; s++ {
		if err := w.Write(Record{Step: s, Values: map[string]float64{"loss": 1 / float64(s)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func steps(t *testing.T, path string) []int {
	t.Helper()
	all, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var s []int
	for _, r := range all {
		s = append(s, r.Step)
	}
	return s
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestResumeLeavesEachStepOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 7)
	appendTo(t, path, `{"step":8,"lo`) // killed while it wrote
	write(t, path, 4, 5, 9)
	if got, want := steps(t, path), []int{1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	write(t, path, 0, 1, 2)
	if got, want := steps(t, path), []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("steps after a fresh start %v, want %v", got, want)
	}
}

func TestReadPassesOverOnlyATornLastLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 2)
	appendTo(t, path, `{"step":3,`)
	if got, want := steps(t, path), []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	appendTo(t, path, "\n{\"step\":4}\n")
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "line 3 is not a record") {
		t.Errorf("Read with a broken line in the middle: %v", err)
	}
	if _, err := Read(path + "x"); err == nil {
		t.Error("Read of a missing file: no error")
	}
}

func TestWriteRefusesWhatJSONCannotSay(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "metrics.jsonl"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Write(Record{Step: 3, Values: map[string]float64{"loss": math.NaN()}}); err == nil || !strings.Contains(err.Error(), "step 3") {
		t.Errorf("Write(NaN): %v", err)
	}
}

// The file grows, is cut and grows past the old end between two looks, and is cut to nothing.
func TestTailFollowsThroughACut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	f := tail{path: path, seed: maphash.MakeSeed()}
	var got []int
	look := func(want ...int) {
		t.Helper()
		got = nil
		if err := f.poll(func(r Record) { got = append(got, r.Step) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("delivered %v, want %v", got, want)
		}
	}
	look()
	write(t, path, 0, 1, 3)
	look(1, 2, 3)
	look()
	appendTo(t, path, `{"step":4`)
	look()
	appendTo(t, path, "}\n")
	look(4)
	w, err := Create(path, 2)
	if err != nil {
		t.Fatal(err)
	}
	for s := 3; s <= 9; s++ {
		if err := w.Write(Record{Step: s, Values: map[string]float64{"loss": 5}}); err != nil {
			t.Fatal(err)
		}
	}
	look(3, 4, 5, 6, 7, 8, 9)
	if err := Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(Record{Step: 10}); err != nil { // an attempt that does not know that it was replaced
		t.Fatal(err)
	}
	look()
	write(t, path, 0, 1, 1)
	look(1)
}

// What was delivered is not read again: it may change under a Tail that has only new lines to deliver.
func TestTailReadsOnlyWhatIsNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 3*maxMarks)
	f := tail{path: path, seed: maphash.MakeSeed()}
	delivered, last := 0, 0
	look := func(want int) {
		t.Helper()
		delivered = 0
		if err := f.poll(func(r Record) { delivered, last = delivered+1, r.Step }); err != nil {
			t.Fatal(err)
		}
		if delivered != want {
			t.Errorf("%d records delivered, the last of step %d; want %d", delivered, last, want)
		}
	}
	look(3 * maxMarks)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(bytes.Repeat([]byte{'#'}, 1000), text[1000:]...), 0o644); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, `{"step":9999,"loss":1}`+"\n"+`{"step":1`)
	look(1)
	if len(f.seen) > maxMarks {
		t.Errorf("%d lines are remembered of a long file", len(f.seen))
	}

	// A resumed run cuts where no line is remembered: some before the cut come again, none is missing.
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cut := len(f.seen) / 4
	from := f.seen[cut].end
	keep := bytes.Count(text[:from], []byte("\n")) + 1
	if err := Truncate(path, keep); err != nil {
		t.Fatal(err)
	}
	for s := keep + 1; s <= keep+10; s++ {
		appendTo(t, path, fmt.Sprintf(`{"step":%d,"loss":7}`+"\n", s))
	}
	again := bytes.Count(text[from:], []byte("\n")) // those that were lines of the old file
	delivered, first := 0, 0
	if err := f.poll(func(r Record) {
		if first == 0 {
			first = r.Step
		}
		delivered, last = delivered+1, r.Step
	}); err != nil {
		t.Fatal(err)
	}
	if first > keep+1 || last != keep+10 || delivered != last-first+1 || delivered > again {
		t.Errorf("after a cut at step %d the steps %d to %d came as %d records", keep, first, last, delivered)
	}
}

func TestTailReadsALastTimeWhenItsContextEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, 0, 1, 3)
	ctx, cancel := context.WithCancel(t.Context())
	var got []int
	err := Tail(ctx, path, func(r Record) {
		got = append(got, r.Step)
		if r.Step == 3 {
			write(t, path, 3, 4, 4)
			cancel()
		}
	})
	if want := []int{1, 2, 3, 4}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Tail delivered %v, %v; want %v", got, err, want)
	}
}

// A value of 0 is one, and one that was not measured is not there.
func TestRecordAsJSON(t *testing.T) {
	r := Record{Step: 3, Time: time.Date(2026, 11, 28, 1, 2, 3, 4000, time.UTC), Values: map[string]float64{"valLoss": 0, "kl": 1e-9, "a b": -2}}
	text, err := json.Marshal(r)
	if want := `{"step":3,"time":"2026-11-28T01:02:03.000004Z","a b":-2,"kl":1e-9,"valLoss":0}`; err != nil || string(text) != want {
		t.Fatalf("a record is written as %s, %v; want %s", text, err, want)
	}
	var back Record
	if err := json.Unmarshal(text, &back); err != nil || back.Step != r.Step || !back.Time.Equal(r.Time) || !maps.Equal(back.Values, r.Values) {
		t.Errorf("it is read back as %+v, %v", back, err)
	}
	for _, bad := range []string{`{"step":1,"loss":"x"}`, `{"loss":1}`, `{"step":1.5}`, `[]`, `{"step":1,"time":3}`} {
		if json.Unmarshal([]byte(bad), &back) == nil {
			t.Errorf("%s is taken for a record", bad)
		}
	}
	if _, err := json.Marshal(Record{Step: 1, Values: map[string]float64{"time": 1}}); err == nil {
		t.Error("a value named time is written")
	}
}
