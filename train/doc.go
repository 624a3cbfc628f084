// Package train is the training loop.
//
// A [Trainer] joins a model, a corpus and an optimizer: Step does one update, Fit many, Eval measures the held-out
// text. It is what a notebook cell uses:
//
//	corpus, _ := data.Load("auto", data.Options{})
//	model := gpt.New(gpt.Config{Vocab: corpus.Vocab(), Context: 64, Layers: 4, Heads: 4, Embed: 128}, 1337)
//	t := train.New(model, corpus, train.Config{Steps: 300})
//	err := t.Fit(ctx, 300, func(m train.Metrics) { fmt.Println(m.Step, m.Loss) })
//
// [Pretrain] carries out a whole run from its spec in a directory: prepared data, checkpoints, metrics. It can be
// stopped or killed at any moment and called again: it goes on from the newest whole checkpoint, and ends with the same
// weights, bit by bit, as if nothing had happened. That holds because a step is a pure function of the weights, the
// optimizer's moments, the seed and the step's number. [LoadModel] reads the model back.
package train
