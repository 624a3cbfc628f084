package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/cmd/athanor/kernelcmd"
	"github.com/athanor-ml/athanor/data"
	"github.com/athanor-ml/athanor/internal/sandbox"
	"github.com/athanor-ml/athanor/interp"
	"github.com/athanor-ml/athanor/interp/symbols"
	"github.com/athanor-ml/athanor/kernel"
	"github.com/athanor-ml/athanor/workflows/runs"
)

func sandboxCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "sandbox", Short: "Run cells for a kernel; `athanor kernel` starts it", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data.SetDir(e.data)
			data.SetCache(filepath.Join(e.home, "cache"))
			runs.SetDefault(runs.Options{Home: e.home, Starter: func() error {
				return e.ensureDaemon(context.Background(), cmd.ErrOrStderr())
			}})
			s, err := interp.New(interp.Options{Symbols: symbols.All(), Docs: symbolDocs})
			if err != nil {
				return err
			}
			return sandbox.Main(&executor{s})
		},
	}
}

func symbolDocs(key string) interp.Doc {
	d := symbols.Docs()[key]
	return interp.Doc{Params: d.Params, Text: d.Text}
}

// executor makes a Session what the kernel wants. This is where the two meet.
type executor struct{ session *interp.Session }

func (x *executor) Info() kernel.Info { return kernelcmd.Info() }

func (x *executor) Execute(ctx context.Context, cell kernel.Cell, out kernel.Output) kernel.Result {
	res, err := x.session.Execute(ctx, cell.Code, cell.Count, out)
	if err != nil {
		return kernel.Result{Err: &kernel.Error{Name: err.Name, Value: err.Value, Traceback: err.Traceback}}
	}
	if !res.Shown || cell.Silent {
		return kernel.Result{}
	}
	return kernel.Result{Data: res.Data}
}

func (x *executor) Complete(_ context.Context, code string, cursor int) kernel.Completion {
	c := x.session.Complete(code, cursor)
	return kernel.Completion{Matches: c.Matches, Types: c.Types, Start: c.Start, End: c.End}
}

func (x *executor) Inspect(_ context.Context, code string, cursor, detail int) kernel.Bundle {
	return x.session.Inspect(code, cursor, detail)
}

func (x *executor) IsComplete(_ context.Context, code string) (kernel.Completeness, string) {
	status, indent := x.session.IsComplete(code)
	return kernel.Completeness(status), indent
}

// Restart is never asked of this side: the kernel process starts another sandbox instead.
func (x *executor) Restart() error { return nil }

func (x *executor) Close() error { return nil }
