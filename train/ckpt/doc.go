// Package ckpt keeps the checkpoints of a run: directories that are whole or not there.
//
// A checkpoint is the directory step-00000250 with the weights and the optimizer's moments as safetensors, config.json
// and tokenizer.json in Hugging Face's formats, the State, and a manifest with the SHA-256 of every file. Save writes
// it under another name, flushes it to the disk and renames it, so a run killed at any moment leaves the one before.
// Latest passes over what has been damaged since and loads the newest that is whole.
//
// One attempt at a run writes at a time. Acquire takes the directory's Lease with a fencing token: an older attempt
// that wakes up again, because its machine was only slow or cut off, finds a larger token and can publish no more.
package ckpt
