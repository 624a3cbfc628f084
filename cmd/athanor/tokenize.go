package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/data/tokenizer"
)

func tokenizeCommand(e *env) *cobra.Command {
	var text string
	var special, asJSON bool
	cmd := &cobra.Command{
		Use: "tokenize DIR --text TEXT", Short: "The token ids of a text",
		Long: "The token ids of a text, by the tokenizer.json of DIR. " + modelDir, Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("text") {
				return errors.New("tokenize: --text is missing")
			}
			tok, err := e.openTokenizer(args[0])
			if err != nil {
				return err
			}
			ids, err := tokenizer.EncodeAll(tok, text, special)
			switch {
			case err != nil:
				return fmt.Errorf("tokenize: %w", err)
			case asJSON:
				return printJSON(cmd.OutOrStdout(), map[string]any{"ids": append([]int{}, ids...)})
			}
			for _, id := range ids {
				fmt.Fprintf(cmd.OutOrStdout(), "%6d  %q\n", id, tok.Decode([]int{id}))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&text, "text", "", "the text")
	cmd.Flags().BoolVar(&special, "special", false, `read special tokens such as "<|endoftext|>" in the text; else they are ordinary characters`)
	cmd.Flags().BoolVar(&asJSON, "json", false, `print {"ids": […]}`)
	return cmd
}

// openTokenizer opens the tokenizer of DIR, which needs no model.
func (e *env) openTokenizer(dir string) (tokenizer.Tokenizer, error) {
	if _, err := os.Stat(filepath.Join(dir, tokenizer.File)); err != nil {
		folder, err := e.modelFolder(dir)
		if err != nil {
			return nil, err
		}
		dir = folder
	}
	return tokenizer.Open(dir)
}
