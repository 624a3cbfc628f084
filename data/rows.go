package data

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/athanor-ml/athanor/data/arrowio"
	"github.com/athanor-ml/athanor/data/tasks"
	"github.com/athanor-ml/athanor/train/spec"
)

// Examples are the rows of a source of instructions, in two splits.
type Examples struct {
	Name       string // of the source
	Train, Val []Example
	Report     Report
}

// Report says what became of the rows of a source.
type Report struct {
	Rows      int      `json:"rows"`              // read
	Skipped   int      `json:"skipped"`           // could not be read or laid out
	Reasons   []string `json:"reasons,omitempty"` // why, of the first of them: "file:line: reason"
	Empty     int      `json:"empty"`             // dropped: nothing in them would be trained
	Long      int      `json:"long"`              // dropped: longer than the context
	Truncated int      `json:"truncated"`         // kept without the beginning of the prompt, which was too long
	Train     int      `json:"train"`             // kept to train on
	Val       int      `json:"val"`               // kept and held out
	Tokens    int      `json:"tokens"`            // of the rows kept
	Trained   int      `json:"trained"`           // of them
}

// maxReasons is how many reasons a report has.
const maxReasons = 10

// TrainedShare is the share of the tokens that are trained.
func (r Report) TrainedShare() float64 { return float64(r.Trained) / float64(max(r.Tokens, 1)) }

// Dropped is the number of rows that were read and are not used.
func (r Report) Dropped() int { return r.Skipped + r.Empty + r.Long }

// String says it in a line.
func (r Report) String() string {
	var s strings.Builder
	s.WriteString(fmt.Sprintf("%d rows: %d to train on, %d held out", r.Rows, r.Train, r.Val))
	for _, c := range []struct {
		n    int
		what string
	}{{r.Skipped, "could not be used"}, {r.Empty, "with nothing to train"}, {r.Long, "longer than the context"}, {r.Truncated, "truncated"}} {
		if c.n > 0 {
			s.WriteString(fmt.Sprintf(", %d %s", c.n, c.what))
		}
	}
	if r.Tokens > 0 {
		s.WriteString(fmt.Sprintf("; %.0f%% of %d tokens are trained", 100*r.TrainedShare(), r.Tokens))
	}
	return s.String()
}

// skip counts a row that cannot be used.
func (r *Report) skip(where string, why error) {
	r.Skipped++
	if len(r.Reasons) < maxReasons {
		r.Reasons = append(r.Reasons, fmt.Sprintf("%s: %v", where, why))
	}
}

// ReadExamples reads the rows of a source of instructions: a JSON Lines or an Arrow file, as it is or in the data directory (dataDir;
// empty: the one of SetDir), or "tasks:sft". Rows that are none are skipped and reported if d.Skip, else an error.
func ReadExamples(d spec.Instructions, dataDir string) (*Examples, error) {
	if d.Source == "tasks:sft" {
		return taskExamples(d.MaxRows), nil
	}
	if !(d.Train > 0 && d.Train < 1) {
		return nil, fmt.Errorf("instructions %q: the share to train on is %v, want above 0 and below 1", d.Source, d.Train)
	}
	name, file, err := readRegular(d.Source, dataDir, 0)
	if err == nil {
		var x *Examples
		if x, err = parseExamples(name, file, d); err == nil {
			return x, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; want tasks:sft or the path of a .jsonl or .arrow file", err)
	}
	return nil, fmt.Errorf("instructions %q: %w", d.Source, err)
}

// Rows of "tasks:sft" when nothing else is asked for.
const taskRows, taskHeldOut, taskSeed = 40_000, 1_500, 1

// taskExamples are generated. What is held out is decided by the tasks, not by the share.
func taskExamples(maxRows int) *Examples {
	if maxRows == 0 {
		maxRows = taskRows
	}
	of := func(rows []tasks.Row) []Example {
		list := make([]Example, len(rows))
		for i, r := range rows {
			list[i] = Pair(r.Prompt, r.Response)
			list[i].Kind = r.Kind
		}
		return list
	}
	x := &Examples{Name: "tasks", Train: of(tasks.Instructions(taskSeed, maxRows, false)), Val: of(tasks.Instructions(taskSeed, min(maxRows, taskHeldOut), true))}
	x.Report.Rows = len(x.Train) + len(x.Val)
	return x
}

// parseExamples parses the rows of a file and splits them.
func parseExamples(name string, file []byte, d spec.Instructions) (*Examples, error) {
	x := &Examples{Name: filepath.Base(name)}
	each := jsonLines
	if arrowio.IsTable(file) {
		each = arrowio.Rows
	}
	err := each(file, func(n int, row []byte) error {
		if d.MaxRows > 0 && x.Report.Rows == d.MaxRows {
			return io.EOF
		}
		x.Report.Rows++
		e, err := parseExample(row)
		if err != nil {
			if !d.Skip {
				return fmt.Errorf("row %d: %w; set skip to pass over such rows", n, err)
			}
			x.Report.skip(fmt.Sprintf("%s:%d", x.Name, n), err)
			return nil
		}
		if e.held(d.Train) {
			x.Val = append(x.Val, e)
		} else {
			x.Train = append(x.Train, e)
		}
		return nil
	})
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return x, nil
}

// jsonLines calls on with each line that is not blank, and its number, from 1.
func jsonLines(file []byte, on func(n int, line []byte) error) error {
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(file, []byte("\uFEFF"))) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := on(n, line); err != nil {
			return err
		}
	}
	return nil
}
