// Package models opens language models, whatever their family.
//
// [Open] reads a folder as Hugging Face's transformers writes it: config.json says of which family the model is, and model.safetensors
// (or model.safetensors.index.json and the files it names) has the weights. What it returns is an [LM], which reads a [Batch] and generates
// with a [Cache]; [LM.Save] writes such a folder again.
package models

import "github.com/athanor-ml/athanor/models/lm"

// Batch is what a language model reads: tokens, and where sequences lie in them.
type Batch = lm.Batch

// LM is what a stage needs of a language model.
type LM = lm.LM

// Cache holds what a model has computed of the tokens that it has seen while it generates.
type Cache = lm.Cache
