// Package ckpt keeps the checkpoints of a run: folders that are whole or not there.
//
// A checkpoint has [Parts]: modules, optimizers, perhaps a tokenizer, and a cursor, which is whatever else the training
// must remember, as JSON. On the disk each module is a Hugging Face folder that other programs open:
//
//	step-00000250/model/{config.json,model.safetensors,tokenizer.json}    one for each module
//	step-00000250/optim/model.safetensors                                 one for each optimizer
//	step-00000250/state.json                                              Meta, steps of the optimizers, cursor
//	step-00000250/manifest.json                                           the SHA-256 of every file
//
// [Save] publishes one in a store, so a run killed at any moment leaves the one before. [Latest] finds the newest that is
// whole and says which it passed over as damaged. One that cannot be read, or is of a newer version, is not damaged: that
// is an error, and nothing is touched. [Prune] removes old ones, but never a whole one before something newer is whole.
//
// One attempt at a run writes at a time. [Acquire] takes the [Lease] with a fencing token: an older attempt that wakes up
// again, because its machine was only slow or cut off, finds a larger token and can publish no more.
package ckpt
