package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/athanor-ml/athanor/data/chat"
	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/train/eval"
)

// evaluation is what eval is asked for.
type evaluation struct {
	dir, task, template, match, normalize, report string
	limit                                         int
	asJSON                                        bool
	o                                             eval.Options
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
	f.StringVar(&v.task, "task", "", `a JSON Lines file with rows like {"prompt": …, "response": …} or {"prompt": …, "choices": […], "answer": …}, the name of one in the data folder, such as gsm8k, or tasks:sft`)
	f.StringVar(&v.template, "template", "", "the chat template to ask with: "+strings.Join(chat.Names(), ", ")+", or none (default: the model's own, else none)")
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
	m, tok, err := e.openModel(v.dir, false)
	if err != nil {
		return err
	}
	task, err := e.openTask(v, tok)
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	end := counting(cmd.ErrOrStderr(), task)
	answers, err := eval.Ask(cmd.Context(), m, tok, task.Questions, task.Options)
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

// openTask is the task as it is asked for: some of its questions, and its way to ask them where nothing else is said.
func (e *env) openTask(v evaluation, tok tokenizer.Tokenizer) (*eval.Task, error) {
	t, err := templateFor(tok, v.template)
	if err != nil {
		return nil, err
	}
	task, err := eval.OpenTask(v.task, e.data, tok, t)
	if err != nil {
		return nil, err
	}
	if v.limit > 0 {
		task.Questions = task.Questions[:min(v.limit, len(task.Questions))]
	}
	own := task.Options
	task.Options = v.o
	task.Options.Match, task.Options.Normalize = eval.Match(v.match), eval.Normalize(v.normalize)
	if v.match == "" {
		task.Options.Match = own.Match
	}
	if v.o.Generation.Stop == nil {
		task.Options.Generation.Stop = own.Generation.Stop
	}
	return task, nil
}

// templateFor is the chat template of that name; nil for "none", and for "" when the tokenizer has none of its own.
func templateFor(tok tokenizer.Tokenizer, name string) (*chat.Template, error) {
	if name == "none" || name == "" && tok.Config().ChatTemplate == "" {
		return nil, nil
	}
	return chat.For(tok, name)
}

// counting has a line of the terminal count the answers, where w is one, until end.
func counting(w io.Writer, task *eval.Task) (end func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	n := 0
	task.Options.Answered = func(more int) {
		n += more
		fmt.Fprintf(w, "\r%d of %d questions", n, len(task.Questions))
	}
	return func() { fmt.Fprint(w, "\r\x1b[K") }
}
