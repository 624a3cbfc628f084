package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/kernel"
)

// Toy is an Executor for tests of kernels. A cell is lines, run one after another; each is an order or a constant Go
// expression, and the last expression is the result:
//
//	print TEXT · eprint TEXT · flood N · show MIME TEXT · shown ID TEXT · update ID TEXT · clear · ask PROMPT · fail NAME TEXT
//	sleep DURATION · spin (until interrupted) · stuck (not even then) · panic TEXT · later DURATION TEXT (from a goroutine)
type Toy struct{ Release chan struct{} } // closing Release ends "stuck"

// Info describes the toy.
func (*Toy) Info() kernel.Info {
	return kernel.Info{Implementation: "toy", Version: "1", GoVersion: "1.26", Banner: "a toy"}
}

// Execute runs a cell.
func (t *Toy) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) (res kernel.Result) {
	for line := range strings.Lines(cell.Code) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		data, err := t.line(ctx, line, out)
		if err != nil {
			name, value, _ := strings.Cut(err.Error(), " ")
			return kernel.Result{Err: &kernel.Error{Name: name, Value: value, Traceback: []string{err.Error()}}}
		}
		res.Data = data
	}
	return res
}

var errInterrupt = errors.New("Interrupt the cell was stopped")

func (t *Toy) line(ctx context.Context, line string, out kernel.Output) (kernel.Bundle, error) {
	order, rest, _ := strings.Cut(line, " ")
	first, second, _ := strings.Cut(rest, " ")
	switch order {
	case "print":
		out.Stream("stdout", rest+"\n")
	case "eprint":
		out.Stream("stderr", rest+"\n")
	case "flood":
		n, _ := strconv.Atoi(rest)
		for i := range n {
			out.Stream("stdout", fmt.Sprintln("line", i))
		}
	case "show":
		out.Display(kernel.Bundle{first: second}, nil, "", false)
	case "shown":
		out.Display(kernel.Bundle{"text/plain": second}, nil, first, false)
	case "update":
		out.Display(kernel.Bundle{"text/plain": second}, nil, first, true)
	case "clear":
		out.Clear(rest == "wait")
	case "ask":
		answer, err := out.Input(ctx, rest, false)
		if err != nil {
			return nil, fmt.Errorf("InputError %w", err)
		}
		return kernel.Bundle{"text/plain": "you said " + answer}, nil
	case "fail":
		return nil, errors.New(rest)
	case "panic":
		panic(rest)
	case "later":
		d, _ := time.ParseDuration(first)
		time.AfterFunc(d, func() { out.Stream("stdout", second+"\n") })
	default:
		return t.wait(ctx, order, rest, line)
	}
	return nil, nil
}

// wait runs the orders that take time, and expressions.
func (t *Toy) wait(ctx context.Context, order, rest, line string) (kernel.Bundle, error) {
	switch order {
	case "sleep":
		d, _ := time.ParseDuration(rest)
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return nil, errInterrupt
		}
		return nil, nil
	case "spin":
		<-ctx.Done()
		return nil, errInterrupt
	case "stuck":
		<-t.Release
		return nil, nil
	}
	tv, err := types.Eval(token.NewFileSet(), nil, token.NoPos, line)
	if err != nil || tv.Value == nil {
		return nil, fmt.Errorf("CompileError %q is no constant expression", line)
	}
	if tv.Value.Kind() == constant.String {
		return kernel.Bundle{"text/plain": constant.StringVal(tv.Value)}, nil
	}
	return kernel.Bundle{"text/plain": tv.Value.ExactString()}, nil
}

// Complete completes the orders.
func (*Toy) Complete(_ context.Context, code string, cursor int) kernel.Completion {
	typed := string([]rune(code)[:cursor])
	c := kernel.Completion{End: cursor, Types: map[string]string{}}
	for _, order := range []string{"print", "panic", "spin"} {
		if strings.HasPrefix(order, typed) {
			c.Matches = append(c.Matches, order)
			c.Types[order] = "keyword"
		}
	}
	return c
}

// Inspect knows "print".
func (*Toy) Inspect(_ context.Context, code string, _, detail int) kernel.Bundle {
	if !strings.HasPrefix(code, "print") {
		return nil
	}
	return kernel.Bundle{"text/plain": fmt.Sprintf("print TEXT (detail %d)", detail)}
}

// IsComplete says what the Go parser thinks of an expression.
func (*Toy) IsComplete(_ context.Context, code string) (kernel.Completeness, string) {
	if strings.Count(code, "(") > strings.Count(code, ")") {
		return kernel.Incomplete, "\t"
	}
	if _, err := parser.ParseExpr(code); err != nil && !strings.HasPrefix(code, "print") {
		return kernel.Invalid, ""
	}
	return kernel.Complete, ""
}

// Restart has nothing to forget.
func (*Toy) Restart() error { return nil }

// Close has nothing to end.
func (*Toy) Close() error { return nil }
