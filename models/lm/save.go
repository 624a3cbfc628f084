package lm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/athanor-ml/athanor/tensorlib/nn"
	"github.com/athanor-ml/athanor/tensorlib/safetensors"
)

// SaveFolder writes config.json and model.safetensors into dir, which it makes where there is none. transformers opens the folder if config
// and the parameters' names are what it wants. It is not atomic.
func SaveFolder(dir string, config any, params []nn.Param) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	if err := SaveJSON(filepath.Join(dir, ConfigFile), config); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	if err := SaveWeights(filepath.Join(dir, WeightsFile), params); err != nil {
		return fmt.Errorf("save model: %w", err)
	}
	return nil
}

// SaveJSON writes a configuration as people like to read it.
func SaveJSON(path string, config any) error {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// SaveWeights writes a safetensors file with the one entry of metadata without which PyTorch's libraries refuse it.
func SaveWeights(path string, params []nn.Param) error {
	named := make([]safetensors.Named, len(params))
	for i, p := range params {
		named[i] = safetensors.Named{Name: p.Name, Tensor: p.Value}
	}
	return safetensors.WriteFile(path, named, map[string]string{"format": "pt"})
}
