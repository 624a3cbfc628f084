package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/athanor-ml/athanor/train/eval"
)

// evaluation is what eval is asked for.
type evaluation struct {
	dir, task, match, normalize, report string
	limit                               int
	asJSON                              bool
	o                                   eval.Options
}

func evalCommand(e *env) *cobra.Command {
	var v evaluation
	cmd := &cobra.Command{
		Use: "eval DIR --task NAME|FILE", Short: "How often a model gives the right answer",
		Long: "How often a model gives the right answer: written, or chosen by log-likelihood where the rows have choices. " + modelDir, Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.dir = args[0]
			return e.evaluate(cmd, v)
		},
	}
	f := cmd.Flags()
	f.StringVar(&v.task, "task", "", `a JSON Lines file with rows like {"prompt": …, "response": …} or {"prompt": …, "choices": […], "answer": …}, or the name of one in the data folder, such as gsm8k`)
	f.StringVar(&v.match, "match", "", "how written answers are compared: exact, contains or number (default: what the rows ask for)")
	f.StringVar(&v.normalize, "normalize", "raw", "how log-likelihoods of choices are compared: raw, perByte or perToken")
	f.IntVar(&v.limit, "limit", 0, "asks only the first questions; 0: all")
	f.IntVar(&v.o.Generation.MaxTokens, "max-tokens", 0, "most tokens of an answer; 0: what the longest expected one needs and eight more, 256 to find a number")
	f.Float64Var(&v.o.Generation.Temperature, "temperature", 0, "0: always the likeliest token")
	f.IntVar(&v.o.Generation.Samples, "samples", 1, "answers to each question")
	f.StringArrayVar(&v.o.Generation.Stop, "stop", nil, "ends an answer before this text (default: a new line, if no expected answer has one and the prompts are no chat)")
	f.Uint64Var(&v.o.Generation.Seed, "seed", 0, "of the random numbers")
	f.IntVar(&v.o.Generation.Rows, "rows", 16, "answers written at a time")
	f.StringVar(&v.report, "report", "", "write every answer to this JSON Lines file")
	f.BoolVar(&v.asJSON, "json", false, `print {"task": …, "metrics": {"exactMatch": …, …}}`)
	return cmd
}

func (e *env) evaluate(cmd *cobra.Command, v evaluation) error {
	if v.task == "" {
		return errors.New("eval: --task is missing: give a JSON Lines file, or the name of one in the data folder")
	}
	file, err := eval.FindTask(v.task, e.data)
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	m, tok, err := e.openModel(v.dir, false)
	if err != nil {
		return err
	}
	task, err := eval.ReadTask(file, nil)
	if err != nil {
		return err
	}
	questions, o := task.Questions, v.o
	if v.limit > 0 {
		questions = questions[:min(v.limit, len(questions))]
	}
	o.Match, o.Normalize = eval.Match(v.match), eval.Normalize(v.normalize)
	if v.match == "" {
		o.Match = task.Options.Match
	}
	if o.Generation.Stop == nil {
		o.Generation.Stop = task.Options.Generation.Stop
	}
	end := counting(cmd.ErrOrStderr(), len(questions), &o)
	answers, err := eval.Ask(cmd.Context(), m, tok, questions, o)
	end()
	if err != nil {
		return err
	}
	if v.report != "" {
		if err := eval.WriteReport(v.report, answers); err != nil {
			return err
		}
	}
	metrics := eval.Metrics(answers)
	if v.asJSON {
		return printJSON(cmd.OutOrStdout(), struct {
			Task    string             `json:"task"`
			Metrics map[string]float64 `json:"metrics"`
			Report  string             `json:"report,omitempty"`
		}{task.Name, metrics, v.report})
	}
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		fmt.Fprintf(cmd.OutOrStdout(), "%-24s %.4g\n", name, metrics[name])
	}
	return nil
}

// counting has a line of the terminal count the answers, where w is one, until end.
func counting(w io.Writer, of int, o *eval.Options) (end func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	n := 0
	o.Answered = func(more int) {
		n += more
		fmt.Fprintf(w, "\r%d of %d questions", n, of)
	}
	return func() { fmt.Fprint(w, "\r\x1b[K") }
}
