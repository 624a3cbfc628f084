// Package data makes training data of text.
//
// A source is a text: "tinyshakespeare" and other files of the data directory, "godoc", the doc comments of Go's standard
// library, or "gosrc", its source, "tasks:pretrain", which is generated, or the path of any file. Load reads one, trains a
// tokenizer on it, cuts it into a part to train on and a held-out part, and returns the Corpus. Prepare does the same into a
// directory named by the content, so that it is done once: tokens as Arrow files, the tokenizer's folder, and a manifest with
// the hash of each; Open maps it.
//
// A Corpus gives batches. Batch is a pure function of (seed, step): there is no iterator to save, no shuffle to
// restore, and a resumed run reads what the uninterrupted one would have. EvalBatch walks the held-out text so that
// each token is predicted once.
//
// Instructions are for fine-tuning: Examples, prompts with responses or whole chats, are read from a file or generated, laid out
// by a chat template, and become tokens of which some are trained (LoadInstructions, PrepareInstructions). Their Batch packs several examples
// into a row, each blind to the others, and is a pure function of (seed, step), too; an epoch has each example once. A Report
// says what became of every row.
package data
