// Package data makes training data of text.
//
// A source is a text: "tinyshakespeare" and other files of the data directory, "gosrc", the Go standard library's own
// source, or the path of any file. Load reads one, trains a tokenizer on it, cuts it into a part to train on and a
// held-out part, and returns the Corpus. Prepare does the same into a directory named by the content, so that it is
// done once: tokens as Arrow files, the tokenizer, and a manifest with the hash of each; Open maps it.
//
// A Corpus gives batches. Batch is a pure function of (seed, step): there is no iterator to save, no shuffle to
// restore, and a resumed run reads what the uninterrupted one would have. EvalBatch walks the held-out text so that
// each token is predicted once.
package data
