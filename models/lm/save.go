package lm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// The files of a model's folder.
const (
	ConfigFile  = "config.json"
	WeightsFile = "model.safetensors"
)

// SaveFolder writes config.json and model.safetensors into dir, which it makes where there is none. transformers opens the folder if config
// and the parameters' names are what it wants. It is not atomic.
func SaveFolder(dir string, config any, params []nn.Param) error {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	named := make([]safetensors.Named, len(params))
	for i, p := range params {
		named[i] = safetensors.Named{Name: p.Name, Tensor: p.Value}
	}
	// transformers refuses a file that does not say so.
	if err := safetensors.WriteFile(filepath.Join(dir, WeightsFile), named, map[string]string{"format": "pt"}); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return nil
}
