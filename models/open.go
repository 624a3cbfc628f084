package models

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/models/gpt"
	"github.com/athanor-ml/athanor/models/lm"
)

// families opens a folder, by what config.json calls its model_type. A new family is a package and a line here.
var families = map[string]func(dir string) (LM, error){
	"gpt2": func(dir string) (LM, error) { return opened(gpt.Open(dir)) },
}

// Open reads the model in a folder: config.json, and model.safetensors or the files that model.safetensors.index.json names. Weights of 16
// bits become Float32. The error names every tensor that is missing, unexpected or misshapen.
func Open(dir string) (LM, error) {
	_, family, err := lm.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	open := families[family]
	if open == nil {
		return nil, fmt.Errorf("open model %s: config.json has model_type %q; known are: %s", dir, family,
			strings.Join(slices.Sorted(maps.Keys(families)), ", "))
	}
	return open(dir)
}

// opened is m as an LM, which is nil beside an error.
func opened[M LM](m M, err error) (LM, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}
