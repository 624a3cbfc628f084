package rt

import (
	"fmt"
	"io"
	"log"
	"os"
)

// Replaced are compiled functions that cells call in a form of our own: they print to the cell, and they know the types
// that cells have made.
var Replaced = map[string]string{
	"fmt.Print": "FmtPrint", "fmt.Println": "FmtPrintln", "fmt.Printf": "FmtPrintf",
	"fmt.Fprint": "FmtFprint", "fmt.Fprintln": "FmtFprintln", "fmt.Fprintf": "FmtFprintf",
	"fmt.Sprint": "FmtSprint", "fmt.Sprintln": "FmtSprintln", "fmt.Sprintf": "FmtSprintf", "fmt.Errorf": "FmtErrorf",
	"errors.As": "ErrorsAs", "errors.Is": "ErrorsIs", "log.Print": "LogPrint", "log.Println": "LogPrintln", "log.Printf": "LogPrintf",
	"time.Sleep": "Sleep", "time.AfterFunc": "AfterFunc", "context.AfterFunc": "ContextAfterFunc",
	// those of log for the standard logger, of which the engine has its own
	"log.Flags": "LogFlags", "log.SetFlags": "LogSetFlags", "log.Prefix": "LogPrefix", "log.SetPrefix": "LogSetPrefix",
	"log.Writer": "LogWriter", "log.SetOutput": "LogSetOutput", "log.Output": "LogOutput",
	"log.Panic": "LogPanic", "log.Panicln": "LogPanicln", "log.Panicf": "LogPanicf",
	"os.Exit": "Exit", "log.Fatal": "LogFatal", "log.Fatalf": "LogFatalf", "log.Fatalln": "LogFatalln",
}

// replacements are the functions that stand for compiled ones.
func (rt *Runtime) replacements() map[string]any {
	form := func(f string, a []any) (string, []any) { f, a = rt.typeVerbs(f, a, false); return f, rt.printable(a) }
	return map[string]any{
		"FmtPrint":    func(a ...any) (int, error) { return io.WriteString(rt.Stdout, rt.sprint(a)) },
		"FmtPrintln":  func(a ...any) (int, error) { return fmt.Fprintln(rt.Stdout, rt.printable(a)...) },
		"FmtPrintf":   func(f string, a ...any) (int, error) { f, a = form(f, a); return fmt.Fprintf(rt.Stdout, f, a...) },
		"FmtFprint":   func(w io.Writer, a ...any) (int, error) { return io.WriteString(rt.stream(w), rt.sprint(a)) },
		"FmtFprintln": func(w io.Writer, a ...any) (int, error) { return fmt.Fprintln(rt.stream(w), rt.printable(a)...) },
		"FmtFprintf": func(w io.Writer, f string, a ...any) (int, error) {
			f, a = form(f, a)
			return fmt.Fprintf(rt.stream(w), f, a...)
		},
		"FmtSprint":   func(a ...any) string { return rt.sprint(a) },
		"FmtSprintln": func(a ...any) string { return fmt.Sprintln(rt.printable(a)...) },
		"FmtSprintf":  func(f string, a ...any) string { f, a = form(f, a); return fmt.Sprintf(f, a...) },
		"FmtErrorf": func(f string, a ...any) error {
			f, a = rt.typeVerbs(f, asErrors(a), true)
			return fmt.Errorf(f, rt.printable(a)...)
		},
		"ErrorsAs":         rt.errorsAs,
		"ErrorsIs":         errorsIs,
		"LogPrint":         func(a ...any) { log.Print(rt.sprint(a)) },
		"LogPrintln":       func(a ...any) { log.Println(rt.printable(a)...) },
		"LogPrintf":        func(f string, a ...any) { f, a = form(f, a); log.Printf(f, a...) },
		"Sleep":            rt.sleep,
		"AfterFunc":        rt.afterFunc,
		"ContextAfterFunc": rt.contextAfterFunc,
		"Exit":             func(code int) { panic(exitError(code)) },
		"LogFatal":         func(a ...any) { log.Print(rt.sprint(a)); panic(exitError(1)) },
		"LogFatalln":       func(a ...any) { log.Println(rt.printable(a)...); panic(exitError(1)) },
		"LogFatalf":        func(f string, a ...any) { f, a = form(f, a); log.Printf(f, a...); panic(exitError(1)) },
		"LogFlags":         log.Flags,
		"LogSetFlags":      log.SetFlags,
		"LogPrefix":        log.Prefix,
		"LogSetPrefix":     log.SetPrefix,
		"LogWriter":        log.Writer,
		"LogSetOutput":     func(w io.Writer) { log.SetOutput(rt.stream(w)) },
		"LogOutput":        log.Output,
		"LogPanic":         func(a ...any) { log.Panic(rt.sprint(a)) },
		"LogPanicln":       func(a ...any) { log.Panicln(rt.printable(a)...) },
		"LogPanicf":        func(f string, a ...any) { f, a = form(f, a); log.Panicf(f, a...) },
		"WriteString":      func(w io.Writer, text string) (int, error) { return io.WriteString(rt.stream(w), text) },
		"Write":            func(w io.Writer, b []byte) (int, error) { return rt.stream(w).Write(b) },
	}
}

// exitError is the panic that a cell ends with when it asks the process to exit.
type exitError int

func (e exitError) Error() string {
	return fmt.Sprintf("os.Exit(%d) in a cell ends the cell only; restart the kernel to start anew", int(e))
}

// stream is w, or the cell's stream where w is the process's.
func (rt *Runtime) stream(w io.Writer) io.Writer {
	switch w {
	case io.Writer(os.Stdout):
		return rt.Stdout
	case io.Writer(os.Stderr):
		return rt.Stderr
	}
	return w
}
