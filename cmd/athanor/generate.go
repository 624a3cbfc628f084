package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/store"
	"github.com/athanor-ml/athanor/train"
	"github.com/athanor-ml/athanor/train/gen"
)

// modelDir is the argument of the commands that read a model.
const modelDir = "DIR is a folder in Hugging Face's layout (config.json, model.safetensors, tokenizer.json), a checkpoint, or the folder or the name of a run."

// oneModel wants one argument, DIR.
func oneModel(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s DIR: %d arguments, want 1: %s", cmd.CommandPath(), len(args), modelDir)
	}
	return nil
}

// modelFolder is the folder that DIR stands for.
func (e *env) modelFolder(dir string) (string, error) {
	folder, err := train.ModelFolder(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return folder, err
	}
	if run, ok := e.runFolder(dir); ok {
		return train.ModelFolder(run)
	}
	return "", fmt.Errorf("%w\n%s", err, modelDir)
}

// runFolder is the folder of the run of that name, if there is one.
func (e *env) runFolder(name string) (string, bool) {
	if name != filepath.Base(name) {
		return "", false
	}
	dir := filepath.Join(e.home, filepath.FromSlash(store.Run(name).Dir()))
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}

// openModel opens the model that DIR stands for, and its tokenizer, which is nil where there is none and it may be missing.
func (e *env) openModel(dir string, mayLack bool) (models.LM, tokenizer.Tokenizer, error) {
	folder, err := e.modelFolder(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := models.Open(folder)
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Open(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, tok, err
	}
	if mayLack {
		return m, nil, nil
	}
	return nil, nil, fmt.Errorf("%s has a model but no %s, which text needs (score --tokens does without): %w", folder, tokenizer.File, err)
}

func generateCommand(e *env) *cobra.Command {
	var o gen.Options
	var prompt string
	var talk, asJSON bool
	cmd := &cobra.Command{
		Use: "generate DIR --prompt TEXT", Short: "Let a model continue a text",
		Long: "Let a model continue a text, by default with the likeliest token each time. " + modelDir, Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("prompt") {
				return errors.New("generate: --prompt is missing: give the text to continue")
			}
			m, tok, err := e.openModel(args[0], false)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			on := func(piece string) { fmt.Fprint(out, piece) }
			if asJSON {
				on = nil
			}
			encode := gen.Encode
			if talk {
				encode = gen.ChatPrompt
			}
			ids, err := encode(tok, prompt)
			if err != nil {
				return fmt.Errorf("generate: %w", err)
			}
			o.Tokenizer = tok
			r, err := gen.Continue(cmd.Context(), m, ids, o, on)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(out, struct {
					IDs    []int32 `json:"ids"` // that were generated
					Text   string  `json:"text"`
					Reason string  `json:"reason"`
				}{append([]int32{}, r.Tokens...), r.Text, r.Reason})
			}
			fmt.Fprintln(out)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&prompt, "prompt", "", "the text to continue")
	f.BoolVar(&talk, "chat", false, "the text is what a user says: put it into the model's chat template")
	f.IntVar(&o.MaxTokens, "max-tokens", 256, "most tokens to write")
	f.Float64Var(&o.Temperature, "temperature", 0, "1: the model's distribution; lower is safer; 0: always the likeliest token")
	f.IntVar(&o.TopK, "top-k", 0, "only the k likeliest tokens; 0: all")
	f.Float64Var(&o.TopP, "top-p", 0, "only the likeliest tokens that together have this probability; 0: all")
	f.Float64Var(&o.Penalty, "repetition-penalty", 0, "divides the logits of tokens that came before; 0: none")
	f.StringArrayVar(&o.Stop, "stop", nil, "end before this text (may be given several times)")
	f.Uint64Var(&o.Seed, "seed", 0, "of the random numbers")
	f.BoolVar(&asJSON, "json", false, `print {"ids": […], "text": …}`)
	return cmd
}
