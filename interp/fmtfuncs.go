package interp

import (
	"fmt"
	"io"
	"log"
	"os"
	"reflect"
	"strings"
)

// replaced are compiled functions that cells call in a form of our own: they print to the cell, and they know the types
// that cells have made.
var replaced = map[string]string{
	"fmt.Print": "FmtPrint", "fmt.Println": "FmtPrintln", "fmt.Printf": "FmtPrintf",
	"fmt.Fprint": "FmtFprint", "fmt.Fprintln": "FmtFprintln", "fmt.Fprintf": "FmtFprintf",
	"fmt.Sprint": "FmtSprint", "fmt.Sprintln": "FmtSprintln", "fmt.Sprintf": "FmtSprintf", "fmt.Errorf": "FmtErrorf",
	"errors.As": "ErrorsAs", "errors.Is": "ErrorsIs", "log.Print": "LogPrint", "log.Println": "LogPrintln", "log.Printf": "LogPrintf",
	"time.Sleep": "Sleep", "time.AfterFunc": "AfterFunc", "context.AfterFunc": "ContextAfterFunc",
	"os.Exit": "Exit", "log.Fatal": "LogFatal", "log.Fatalf": "LogFatalf", "log.Fatalln": "LogFatalln",
}

// rawPackages look into values by reflection: they get what the engine holds, not a Val.
var rawPackages = map[string]bool{
	"encoding/json": true, "encoding/gob": true, "encoding/xml": true, "encoding/binary": true, "sort": true, "reflect": true,
	"text/template": true, "html/template": true, "database/sql": true,
}

// deepPackages also look into what interfaces hold.
var deepPackages = map[string]bool{"text/template": true, "html/template": true}

func (s *Session) replacements() map[string]reflect.Value {
	logger := log.New(s.stderr, "", log.LstdFlags)
	form := func(f string, a []any) (string, []any) { f, a = s.typeVerbs(f, a, false); return f, s.printable(a) }
	fs := map[string]any{
		"FmtPrint":    func(a ...any) (int, error) { return io.WriteString(s.stdout, s.sprint(a)) },
		"FmtPrintln":  func(a ...any) (int, error) { return fmt.Fprintln(s.stdout, s.printable(a)...) },
		"FmtPrintf":   func(f string, a ...any) (int, error) { f, a = form(f, a); return fmt.Fprintf(s.stdout, f, a...) },
		"FmtFprint":   func(w io.Writer, a ...any) (int, error) { return io.WriteString(s.stream(w), s.sprint(a)) },
		"FmtFprintln": func(w io.Writer, a ...any) (int, error) { return fmt.Fprintln(s.stream(w), s.printable(a)...) },
		"FmtFprintf": func(w io.Writer, f string, a ...any) (int, error) {
			f, a = form(f, a)
			return fmt.Fprintf(s.stream(w), f, a...)
		},
		"FmtSprint":   func(a ...any) string { return s.sprint(a) },
		"FmtSprintln": func(a ...any) string { return fmt.Sprintln(s.printable(a)...) },
		"FmtSprintf":  func(f string, a ...any) string { f, a = form(f, a); return fmt.Sprintf(f, a...) },
		"FmtErrorf": func(f string, a ...any) error {
			f, a = s.typeVerbs(f, asErrors(a), true)
			return fmt.Errorf(f, s.printable(a)...)
		},
		"ErrorsAs":         s.rtErrorsAs,
		"ErrorsIs":         rtErrorsIs,
		"LogPrint":         func(a ...any) { logger.Print(s.sprint(a)) },
		"LogPrintln":       func(a ...any) { logger.Println(s.printable(a)...) },
		"LogPrintf":        func(f string, a ...any) { f, a = form(f, a); logger.Printf(f, a...) },
		"Sleep":            s.rtSleep,
		"AfterFunc":        s.rtAfterFunc,
		"ContextAfterFunc": s.rtContextAfterFunc,
		"Exit":             func(code int) { panic(exitError(code)) },
		"LogFatal":         func(a ...any) { logger.Print(s.sprint(a)); panic(exitError(1)) },
		"LogFatalln":       func(a ...any) { logger.Println(s.printable(a)...); panic(exitError(1)) },
		"LogFatalf":        func(f string, a ...any) { f, a = form(f, a); logger.Printf(f, a...); panic(exitError(1)) },
		"WriteString":      func(w io.Writer, text string) (int, error) { return io.WriteString(s.stream(w), text) },
		"Write":            func(w io.Writer, b []byte) (int, error) { return s.stream(w).Write(b) },
	}
	out := map[string]reflect.Value{}
	for name, f := range fs {
		out[name] = reflect.ValueOf(f)
	}
	return out
}

// exitError is the panic that a cell ends with when it asks the process to exit.
type exitError int

func (e exitError) Error() string {
	return fmt.Sprintf("os.Exit(%d) in a cell ends the cell only; restart the kernel to start anew", int(e))
}

// stream is w, or the cell's stream where w is the process's.
func (s *Session) stream(w io.Writer) io.Writer {
	switch w {
	case io.Writer(os.Stdout):
		return s.stdout
	case io.Writer(os.Stderr):
		return s.stderr
	}
	return w
}

// rtRecovered is what recover gives, in Go's words where the engine has its own.
func rtRecovered(v any) any {
	if rv, ok := v.(reflect.Value); ok {
		if !rv.IsValid() || !rv.CanInterface() {
			return nil
		}
		v = rv.Interface()
	}
	switch x := v.(type) {
	case string:
		if plain := plainPanic(x); plain != x {
			return runtimeError(plain)
		}
	case error:
		if plain := plainPanic(x.Error()); plain != x.Error() {
			return runtimeError(plain)
		}
	}
	return v
}

// runtimeError is a fault such as an index out of range.
type runtimeError string

func (e runtimeError) Error() string { return string(e) }

// RuntimeError marks it as Go's own does.
func (runtimeError) RuntimeError() {}

// typeName is that of Go's own.
func (e runtimeError) typeName() string {
	text := strings.TrimPrefix(string(e), "runtime error: ")
	switch {
	case strings.HasPrefix(text, "index out of range"), strings.HasPrefix(text, "slice bounds out of range"), strings.HasPrefix(text, "cannot convert slice"):
		return "runtime.boundsError"
	case text == string(e):
		return "runtime.plainError"
	}
	return "runtime.errorString"
}
