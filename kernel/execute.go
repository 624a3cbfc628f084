package kernel

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// runCells executes the queued cells one after another.
//
// When a cell fails and its request says stop_on_error, the cells that the user sent together with it are answered
// "aborted": those in the queue already, and those still on their way. The latter are told apart from a cell sent in
// response to the error by the date in their header, for a short while.
func (k *kernel) runCells(ctx context.Context) {
	const underway = 100 * time.Millisecond
	var failed time.Time
	for {
		j, ok := k.cells.pop(ctx)
		if !ok {
			return
		}
		sent, err := time.Parse(time.RFC3339Nano, j.Header.Date)
		late := err == nil && sent.Before(failed) && j.arrived.Before(failed.Add(underway))
		if j.arrived.Before(failed) || late {
			k.abort(j.Message)
			continue
		}
		if at := k.cell(ctx, j.Message); !at.IsZero() {
			failed = at
		}
	}
}

func (k *kernel) abort(request *wire.Message) {
	k.framed(request, func() {
		k.reply(k.shell, request, "execute_reply", wire.ExecuteReply{
			Status: wire.Status{Status: "aborted"}, ExecutionCount: k.count,
			UserExpressions: map[string]any{}, Payload: []wire.Data{},
		})
	})
}

// cell executes one request from busy to idle. When the cells sent with it must not run, it returns when it failed: a moment before
// its reply, so that what is sent in response is later, however long this goroutine then has to wait for a processor.
func (k *kernel) cell(ctx context.Context, request *wire.Message) (failed time.Time) {
	r := wire.NewExecuteRequest("")
	if err := request.Into(&r); err != nil {
		k.refuse(request, err)
		return failed
	}
	if r.Silent {
		r.StoreHistory = false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k.begin(request, cancel)
	defer k.end(request)
	if r.StoreHistory {
		k.count++
	}
	out := &output{k: k, request: request, silent: r.Silent, stdin: r.AllowStdin}
	if !r.Silent {
		k.publish("execute_input", request, wire.ExecuteInput{Code: r.Code, ExecutionCount: k.count})
	}
	reply := k.perform(ctx, r, out)
	out.finish()
	if reply.Status.Status != "ok" && r.StopOnError {
		failed = time.Now()
	}
	k.reply(k.shell, request, "execute_reply", reply)
	return failed
}

// refuse answers a request whose content cannot be read.
func (k *kernel) refuse(request *wire.Message, err error) {
	k.framed(request, func() {
		k.reply(k.shell, request, "execute_reply", wire.ExecuteReply{
			Status:         wire.Status{Status: "error", Name: "ProtocolError", Value: err.Error(), Traceback: []string{}},
			ExecutionCount: k.count, UserExpressions: map[string]any{}, Payload: []wire.Data{},
		})
	})
}

// perform runs the code and sends its result or error; the reply says how it went.
func (k *kernel) perform(ctx context.Context, r wire.ExecuteRequest, out *output) wire.ExecuteReply {
	reply := wire.ExecuteReply{
		Status: wire.OK, ExecutionCount: k.count, UserExpressions: map[string]any{}, Payload: []wire.Data{},
	}
	cell := Cell{Code: r.Code, Count: k.count, Silent: r.Silent}
	var res Result
	if name, detail, ok := question(r.Code); ok {
		reply.Payload, res.Err = k.page(ctx, name, detail)
	} else if strings.TrimSpace(r.Code) != "" {
		res = k.safely(ctx, cell, out)
	}
	if r.StoreHistory {
		text, _ := res.Data["text/plain"].(string)
		k.history.add(k.count, r.Code, text)
	}
	if e := res.Err; e != nil {
		reply.Status = wire.Status{Status: "error", Name: e.Name, Value: e.Value, Traceback: lines(e)}
		out.fail(e)
		return reply
	}
	if res.Data != nil && !r.Silent {
		out.result(k.count, res)
	}
	for name, code := range r.UserExpressions {
		reply.UserExpressions[name] = k.expression(ctx, code)
	}
	return reply
}

// safely turns a panic of the executor itself into an error of the cell.
func (k *kernel) safely(ctx context.Context, cell Cell, out Output) (res Result) {
	defer func() {
		if r := recover(); r != nil {
			stack := strings.Split(string(debug.Stack()), "\n")
			res = Result{Err: &Error{Name: "KernelPanic", Value: fmt.Sprint(r), Traceback: stack}}
		}
	}()
	return k.exec.Execute(ctx, cell, out)
}

// expression evaluates one of user_expressions, showing nothing.
func (k *kernel) expression(ctx context.Context, code string) any {
	res := k.safely(ctx, Cell{Code: code, Count: k.count}, nowhere{})
	if e := res.Err; e != nil {
		return wire.Status{Status: "error", Name: e.Name, Value: e.Value, Traceback: lines(e)}
	}
	return map[string]any{"status": "ok", "data": orEmpty(res.Data), "metadata": orEmpty(res.Metadata)}
}

// lines is the traceback, never nil: front ends index it.
func lines(e *Error) []string {
	if len(e.Traceback) == 0 {
		return []string{e.Error()}
	}
	return e.Traceback
}

func orEmpty(b Bundle) Bundle {
	if b == nil {
		return Bundle{}
	}
	return b
}

// question recognises the cells "?name", "name?" and, for more detail, "??name" and "name??": they open the pager.
func question(code string) (name string, detail int, ok bool) {
	code = strings.TrimSpace(code)
	name = strings.Trim(code, "?")
	marks := len(code) - len(name)
	if marks == 0 || name == "" || strings.ContainsAny(name, " \t\n\"'`(){}=;/") {
		return "", 0, false
	}
	return name, min(marks-1, 1), true
}

// page is the payload that shows what Inspect says about name.
func (k *kernel) page(ctx context.Context, name string, detail int) ([]wire.Data, *Error) {
	data := k.exec.Inspect(ctx, name, len([]rune(name)), detail)
	if data == nil {
		return []wire.Data{}, &Error{Name: "NotFound", Value: name + ": no such name here; Tab completes names"}
	}
	return []wire.Data{{"source": "page", "data": data, "start": 0}}, nil
}
