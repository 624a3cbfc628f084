package train

import (
	"fmt"

	"github.com/athanor-ml/athanor/data/tokenizer"
	"github.com/athanor-ml/athanor/models"
)

// OpenModel reads a model and its tokenizer: of a folder in Hugging Face's layout, of a checkpoint, or of a run's directory, whose newest
// whole checkpoint is taken.
func OpenModel(dir string) (models.LM, tokenizer.Tokenizer, error) {
	folder, err := ModelFolder(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("open model: %w", err)
	}
	m, err := models.Open(folder)
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Open(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("open model %s: %w", folder, err)
	}
	if tok.Size() > m.Vocab() {
		return nil, nil, fmt.Errorf("open model %s: the tokenizer has %d ids, the model %d", folder, tok.Size(), m.Vocab())
	}
	return m, tok, nil
}
