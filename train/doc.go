// Package train carries out runs.
//
// A [Stage] is one kind of training, evaluating or generating in progress: it does one step at a time and says what a checkpoint must keep of
// it. [Run] carries any stage from its spec to its outputs: it takes the run's lease, puts the newest whole checkpoint in place, does
// the steps that are left, evaluates, saves, writes metrics, and publishes what others may use. It can be stopped or killed at any
// moment and called again: it goes on from the newest whole checkpoint and ends with the same weights, bit by bit, as if nothing
// had happened. That holds because a step is a pure function of what the checkpoint keeps, the seed and the step's number.
// [Prepare] comes first: it finds a run's inputs and prepares its data.
//
// A new stage is one file here with a type that implements Stage, and a line of the table in stage.go. The run core knows nothing of text,
// images, losses or models.
//
// A [Trainer] is what a notebook cell uses, without a run around it: a model, a corpus and an optimizer.
//
//	corpus, _ := data.Load("auto", data.Options{})
//	model := gpt.New(gpt.Config{Vocab: corpus.Vocab(), Context: 64, Layers: 4, Heads: 4, Embed: 128}, 1337)
//	t := train.New(model, corpus, train.Config{Steps: 300})
//	err := t.Fit(ctx, 300, func(m train.Metrics) { fmt.Println(m.Step, m.Values["loss"]) })
//
// [OpenModel] reads a model back: of a run, of a checkpoint, or of any folder in Hugging Face's layout.
package train
