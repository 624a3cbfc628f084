package runs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/train"
)

// Logs writes what the worker of a home has logged of a run and of its stages, and what was passed over, repaired or changed in them, in
// the order of time. It needs no server.
func Logs(home, name string, w io.Writer) error {
	names := []string{name}
	if s, err := FromFiles(home, name); err == nil {
		for _, stage := range s.Stages {
			names = append(names, stage.Name)
		}
	}
	var lines []logLine
	for _, file := range []string{"worker.log.old", "worker.log"} {
		found, err := workerLines(filepath.Join(home, file), names)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("logs of %s: %w", name, err)
		}
		lines = append(lines, found...)
	}
	for _, n := range names {
		all, err := train.Events(home, n)
		if err != nil {
			return err
		}
		for _, e := range all {
			lines = append(lines, logLine{e.Time, fmt.Sprintf("time=%s run=%s step=%d event=%s: %s", e.Time.Format(time.RFC3339Nano), n, e.Step, e.Kind, e.Text)})
		}
	}
	slices.SortStableFunc(lines, func(a, b logLine) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l.text); err != nil {
			return err
		}
	}
	return nil
}

// logLine is a line and when it was written.
type logLine struct {
	at   time.Time
	text string
}

// workerLines are the lines of a worker's log that name one of these runs.
func workerLines(path string, names []string) (lines []logLine, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	var last time.Time
	for scan.Scan() {
		text := scan.Text()
		if stamp, ok := strings.CutPrefix(text, "time="); ok {
			stamp, _, _ = strings.Cut(stamp, " ")
			if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
				last = at
			}
		}
		for _, name := range names {
			if strings.Contains(text+" ", " WorkflowID="+name+" ") {
				lines = append(lines, logLine{last, text})
				break
			}
		}
	}
	if err := scan.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return nil, err
	}
	return lines, nil
}
