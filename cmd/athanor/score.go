package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/train/gen"
)

func scoreCommand(e *env) *cobra.Command {
	var text string
	var ids []int32
	var asJSON bool
	cmd := &cobra.Command{
		Use: "score DIR (--text TEXT | --tokens 1,2,3)", Short: "The log-probability that a model gives each token of a text",
		Long: "The log-probability, in nats, that a model gives each token after those before it. " + modelDir, Args: oneModel,
		RunE: func(cmd *cobra.Command, args []string) error {
			hasText, hasIDs := cmd.Flags().Changed("text"), cmd.Flags().Changed("tokens")
			if hasText == hasIDs {
				return errors.New("score: want one of --text TEXT and --tokens 1,2,3")
			}
			m, tok, err := e.openModel(args[0], hasIDs)
			if err != nil {
				return err
			}
			s, err := score(m, tok, text, ids)
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(cmd.OutOrStdout(), map[string]any{"tokens": scoredTokens(s)})
			}
			fmt.Fprint(cmd.OutOrStdout(), s)
			if n := len(s) - 1; n > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%.4f in all, %.4f a token\n", s.Sum(), s.Sum()/float64(n))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&text, "text", "", "the text")
	cmd.Flags().Int32SliceVar(&ids, "tokens", nil, "its token ids, instead of the text")
	cmd.Flags().BoolVar(&asJSON, "json", false, `print {"tokens": [{"id": …, "text": …, "logProb": …}]}; the first token has no logProb`)
	return cmd
}

// score scores ids, or when there are none the text.
func score(m models.LM, tok tokenizer.Tokenizer, text string, ids []int32) (gen.Scored, error) {
	if ids != nil {
		return gen.ScoreTokens(m, tok, ids)
	}
	return gen.ScoreText(m, tok, text)
}

// scoredToken is a token of gen.Scored in JSON, which has no NaN.
type scoredToken struct {
	ID      int      `json:"id"`
	Text    string   `json:"text"`
	LogProb *float64 `json:"logProb,omitempty"` // nil: the first
}

func scoredTokens(s gen.Scored) []scoredToken {
	out := make([]scoredToken, len(s))
	for i := range s {
		out[i] = scoredToken{ID: s[i].ID, Text: s[i].Text}
		if i > 0 {
			out[i].LogProb = &s[i].LogProb
		}
	}
	return out
}
