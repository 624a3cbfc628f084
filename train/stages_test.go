package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/athanor-ml/athanor/models"
	"github.com/athanor-ml/athanor/train/ckpt"
	"github.com/athanor-ml/athanor/train/spec"
)

// chain is the runs of a tiny pipeline under one home: a base, a model tuned from it, its answers, its samples.
type chain struct {
	home                     string
	base, tune, ask, samples spec.Run
}

func newChain(t testing.TB, rank int) chain {
	t.Helper()
	c := chain{home: t.TempDir()}
	base, err := spec.Preset("tiny-gpt")
	if err != nil {
		t.Fatal(err)
	}
	base.Name = "base"
	p := base.Pretrain
	p.Data = spec.Data{Source: "tasks:pretrain", Tokenizer: "char", Train: 0.9, MaxBytes: 30_000, Special: true}
	p.Model = spec.Model{Layers: 2, Heads: 2, Embed: 16, Context: 64, Dropout: 0.1}
	p.Steps, p.Batch, p.Eval, p.Checkpoint = 10, 4, spec.Eval{Every: 5, Batches: 2}, spec.Checkpoint{Every: 4, Keep: 2}

	tune := spec.Defaults("sft")
	tune.Name = "tune"
	s := tune.SFT
	s.Model.From, s.Data.Source, s.Data.MaxRows, s.LoRA.Rank = "base", "tasks:sft", 200, rank
	s.LoRA.Dropout = 0.1
	s.Steps, s.Batch, s.Eval, s.Checkpoint = 12, 4, spec.Eval{Every: 6, Batches: 2}, spec.Checkpoint{Every: 5, Keep: 2}

	ask := spec.Defaults("evaluate")
	ask.Name = "ask"
	e := ask.Evaluate
	e.Model.From, e.Data.Source, e.Data.MaxRows, e.MaxTokens, e.Batch, e.Checkpoint.Every = "tune", "tasks:sft", 200, 8, 60, 1

	samples := spec.Defaults("generate")
	samples.Name = "samples"
	g := samples.Generate
	g.Model.From, g.Prompts.Source, g.Prompts.Chat, g.MaxTokens, g.Batch = "tune", filepath.Join(t.TempDir(), "prompts.txt"), true, 8, 2
	if err := os.WriteFile(g.Prompts.Source, []byte("reverse tok\nadd 12 and 3\nwhere does ada live?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.base, c.tune, c.ask, c.samples = *base, *tune, *ask, *samples
	return c
}

// carry runs a run to its end, in one go or, with a positive cut, in pieces that are interrupted after so many steps.
func (c *chain) carry(t *testing.T, run spec.Run, cut int) Result {
	t.Helper()
	for pieces := 0; ; pieces++ {
		steps := 0
		ctx, cancel := context.WithCancel(t.Context())
		res, err := Run(ctx, run, Options{Home: c.home, OnStep: func(Progress) {
			if steps++; steps == cut {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			if pieces == 0 && cut > 0 {
				t.Errorf("%s was never interrupted", run.Name)
			}
			return res
		}
		if !errors.Is(err, context.Canceled) || pieces > 20 {
			t.Fatalf("%s: %v", run.Name, err)
		}
	}
}

// Every stage ends in the same bits whether it is left alone or interrupted after every few steps, and gives the next one what it needs.
func TestStages(t *testing.T) {
	for name, rank := range map[string]int{"whole model": 0, "lora": 4} {
		t.Run(name, func(t *testing.T) {
			whole, pieces := newChain(t, rank), newChain(t, rank)
			pieces.samples.Generate.Prompts = whole.samples.Generate.Prompts
			for i, pair := range [][2]spec.Run{{whole.base, pieces.base}, {whole.tune, pieces.tune}, {whole.ask, pieces.ask}, {whole.samples, pieces.samples}} {
				want, got := whole.carry(t, pair[0], 0), pieces.carry(t, pair[1], []int{3, 5, 1, 1}[i])
				if !want.Done || want.WeightsSHA256 != got.WeightsSHA256 {
					t.Errorf("%s: weights %s whole, %s in pieces", pair[0].Name, want.WeightsSHA256, got.WeightsSHA256)
				}
				if len(want.Outputs) == 0 || len(want.Outputs) != len(got.Outputs) {
					t.Fatalf("%s: outputs %v whole, %v in pieces", pair[0].Name, want.Outputs, got.Outputs)
				}
				for role, out := range want.Outputs {
					if role != "adapter" && got.Outputs[role].SHA256 != out.SHA256 { // an adapter's config names the folder of its base
						t.Errorf("%s: output %s has contents %s whole, %s in pieces", pair[0].Name, role, out.SHA256, got.Outputs[role].SHA256)
					}
				}
				for metric, v := range want.Metrics {
					if got.Metrics[metric] != v || math.IsNaN(v) {
						t.Errorf("%s: %s is %v whole, %v in pieces", pair[0].Name, metric, v, got.Metrics[metric])
					}
				}
				for _, metric := range whole.headline(pair[0]) {
					if _, ok := want.Values[metric]; !ok {
						t.Errorf("%s: the headline %s was not measured: %v", pair[0].Name, metric, want.Values)
					}
				}
			}
			whole.check(t, rank)
		})
	}
}

func (c *chain) headline(run spec.Run) []string { return run.Headline() }

// check looks at what the stages left.
func (c *chain) check(t *testing.T, rank int) {
	t.Helper()
	result := func(name string) (r Result) {
		text, err := os.ReadFile(filepath.Join(Dir(c.home, name), "result.json"))
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if m := result("ask").Metrics; m["questions"] < 100 || m["exactMatch"] < 0 || m["exactMatch"] > 1 {
		t.Errorf("evaluation: %v", m)
	}
	answers, err := os.ReadFile(filepath.Join(result("ask").Outputs["report"].Path, "answers.jsonl"))
	if err != nil || strings.Count(string(answers), "\n") != int(result("ask").Metrics["questions"]) {
		t.Errorf("the report has %d lines, %v", strings.Count(string(answers), "\n"), err)
	}
	samples, err := os.ReadFile(filepath.Join(result("samples").Outputs["samples"].Path, "samples.jsonl"))
	if err != nil || strings.Count(string(samples), "\n") != 3 {
		t.Errorf("samples %q, %v", samples, err)
	}
	tuned := result("tune")
	if share := tuned.Metrics["trainedShare"]; share <= 0.05 || share >= 0.6 {
		t.Errorf("trainedShare is %v: only responses are trained", share)
	}
	m, tok, err := OpenModel(tuned.Outputs["model"].Path)
	if err != nil || tok.Size() != m.Vocab() {
		t.Errorf("the tuned model: %v, %v", m, err)
	}
	if _, ok := tuned.Outputs["adapter"]; ok != (rank > 0) {
		t.Errorf("outputs %v with LoRA of rank %d", tuned.Outputs, rank)
	}
	base, err := models.Open(result("base").Outputs["model"].Path)
	if err != nil {
		t.Fatal(err)
	}
	if ckpt.WeightsSHA256(base.Params()) == ckpt.WeightsSHA256(m.Params()) {
		t.Error("the tuned model is the base")
	}
}

// What is missing is named before anything is trained.
func TestPrepareNamesWhatIsMissing(t *testing.T) {
	c := newChain(t, 0)
	for want, change := range map[string]func(){
		`input model: "base" is neither a folder with a config.json nor a run of`: func() {},
		`"nonesuch" is neither a folder`:                                          func() { c.tune.SFT.Model.From = "nonesuch" },
	} {
		change()
		_, err := Prepare(t.Context(), c.tune, Options{Home: c.home}, nil)
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("Prepare: %v, want ErrInput with %q", err, want)
		}
	}
	c = newChain(t, 0)
	c.base.Pretrain.Data.Special = false
	c.carry(t, c.base, 0)
	if _, err := Prepare(t.Context(), c.tune, Options{Home: c.home}, nil); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), "data.special: true") {
		t.Errorf("a base without room for chats: %v", err)
	}
}

// A trainer that was saved and resumed goes on to the same bits.
func TestTrainerSaveAndResume(t *testing.T) {
	whole, half := trainer(t, "tiny-gpt"), trainer(t, "tiny-gpt")
	if err := whole.Fit(t.Context(), 10, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, n := range []int{3, 4} {
		if err := half.Fit(t.Context(), n, nil); err != nil {
			t.Fatal(err)
		}
		if err := half.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	back, err := Resume(dir, half.corpus)
	if err != nil {
		t.Fatal(err)
	}
	if back.Done() != 7 {
		t.Errorf("resumed after %d steps, want 7", back.Done())
	}
	if err := back.Fit(t.Context(), 3, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := ckpt.WeightsSHA256(back.model.Params()), ckpt.WeightsSHA256(whole.model.Params()); got != want {
		t.Errorf("after a resume the weights are %s, without one %s", got, want)
	}
	if _, _, err := OpenModel(dir); err != nil {
		t.Errorf("OpenModel of what Save wrote: %v", err)
	}
	if _, err := Resume(t.TempDir(), half.corpus); err == nil {
		t.Error("Resume of nothing: no error")
	}
}
