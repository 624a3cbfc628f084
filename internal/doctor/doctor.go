// Package doctor examines a machine the way a newcomer would have to: one Finding per thing athanor uses, each with what
// was found and, when something is missing, what to do about it. Nothing is changed.
package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Level is how good a finding is.
type Level string

// The levels. Only Fail makes `athanor doctor` exit non-zero: without an optional part everything else still works.
const (
	OK       Level = "ok"
	Optional Level = "optional" // not there, not needed
	Warn     Level = "warn"     // works, but worse than it could
	Fail     Level = "fail"     // something that is needed is missing
)

// Finding is the state of one thing.
type Finding struct {
	Name   string `json:"name"`
	Level  Level  `json:"level"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"` // what to do; empty when all is well
}

// Check examines one thing.
type Check func() []Finding

// Examine runs the checks in order.
func Examine(checks ...Check) []Finding {
	var all []Finding
	for _, c := range checks {
		all = append(all, c()...)
	}
	return all
}

// Failed reports whether any finding is a Fail.
func Failed(all []Finding) bool {
	for _, f := range all {
		if f.Level == Fail {
			return true
		}
	}
	return false
}

// Print writes the findings for people.
func Print(w io.Writer, all []Finding) {
	width := 0
	for _, f := range all {
		width = max(width, len(f.Name))
	}
	mark := map[Level]string{OK: "ok  ", Optional: "-   ", Warn: "warn", Fail: "FAIL"}
	for _, f := range all {
		fmt.Fprintf(w, "%s  %-*s  %s\n", mark[f.Level], width, f.Name, f.Detail)
		if f.Fix != "" {
			fmt.Fprintf(w, "      %s  -> %s\n", strings.Repeat(" ", width), f.Fix)
		}
	}
}

// PrintJSON writes the findings for programs.
func PrintJSON(w io.Writer, all []Finding) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

func ok(name, format string, args ...any) Finding {
	return Finding{Name: name, Level: OK, Detail: fmt.Sprintf(format, args...)}
}
