package spec

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPresetsAreValid(t *testing.T) {
	if got, want := Presets(), []string{"bpe-gpt", "char-gpt", "sft-lora-mini", "sft-mini", "tiny-gpt"}; !slices.Equal(got, want) {
		t.Errorf("Presets() = %v, want %v", got, want)
	}
	for _, name := range Presets() {
		r, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		if r.Preset != name {
			t.Errorf("Preset(%q).Preset = %q", name, r.Preset)
		}
		if err := r.Validate(); err != nil {
			t.Errorf("preset %s: %v", name, err)
		}
	}
}

func TestUnknownPresetSuggests(t *testing.T) {
	_, err := Preset("chargpt")
	if err == nil || !strings.Contains(err.Error(), `unknown preset "chargpt"; did you mean char-gpt`) {
		t.Errorf("Preset(chargpt): %v", err)
	}
}

func TestPresetsShareNothing(t *testing.T) {
	a, _ := Preset("char-gpt")
	a.Pretrain.Steps = 7
	if b, _ := Preset("char-gpt"); b.Pretrain.Steps != 2000 {
		t.Errorf("a change of one preset reached the next: steps %d", b.Pretrain.Steps)
	}
}

func TestSet(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"pretrain.optim.lr", "3e-4", ""},
		{"optim.lr", "3e-4", ""},
		{"lr", "3e-4", ""},
		{"pretrain.lr", "3e-4", ""},
		{"pretrain.every", "5", "ambiguous key; say pretrain.eval.every or pretrain.checkpoint.every"},
		{"steps", "2_500", ""},
		{"Batch", "16", ""},
		{"seed", "18446744073709551615", ""},
		{"bias", "true", ""},
		{"source", " ./book.txt ", ""},
		{"every", "5", "ambiguous key; say pretrain.eval.every or pretrain.checkpoint.every"},
		{"stesp", "5", "did you mean pretrain.steps?"},
		{"optim.lrr", "5", "did you mean pretrain.optim.lr?"},
		{"zzzzzz", "5", "known are name, kind"},
		{"steps", "many", `set pretrain.steps="many": want a whole number`},
		{"lr", "fast", `want a number`},
		{"bias", "perhaps", "want true or false"},
		{"seed", "-1", "not negative"},
		{"preset", "tiny-gpt", "cannot be changed"},
	} {
		r, _ := Preset("char-gpt")
		err := r.Set(c.key, c.value)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("Set(%s, %s): error %v, want %q", c.key, c.value, err, c.want)
		}
	}
	r, _ := Preset("char-gpt")
	for k, v := range map[string]string{"lr": "3e-4", "steps": "2_500", "seed": "18446744073709551615", "bias": "true", "source": " a b "} {
		if err := r.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	p := r.Pretrain
	if p.Optim.LR != 3e-4 || p.Steps != 2500 || r.Seed != math.MaxUint64 || !p.Model.Bias || p.Data.Source != "a b" {
		t.Errorf("after Set: %+v, seed %d", p, r.Seed)
	}
}

func TestSetLeavesTheValueOnError(t *testing.T) {
	r, _ := Preset("char-gpt")
	for _, k := range []string{"steps", "lr", "seed"} {
		_ = r.Set(k, "99999999999999999999999999x")
	}
	if p := r.Pretrain; p.Steps != 2000 || p.Optim.LR != 1e-3 || r.Seed != 1337 {
		t.Errorf("a refused Set changed the run: %+v", r)
	}
}

func TestValidateReportsAllAtOnce(t *testing.T) {
	r, _ := Preset("char-gpt")
	p := r.Pretrain
	r.Name = "../x"
	p.Steps, p.Batch = 0, -3
	p.Model.Embed, p.Model.Dropout = 130, 1
	p.Optim.LR, p.Optim.Beta2 = math.NaN(), 1
	p.Data.Tokenizer, p.Data.Train = "wordpiece", 1
	p.Checkpoint.Keep = 0
	err := r.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`name is "../x", want letters`,
		"pretrain.steps is 0, want 1 to 1000000000",
		"pretrain.batch is -3, want 1 to",
		"pretrain.model.embed is 130, want a multiple of model.heads, 4",
		"pretrain.model.dropout is 1, want",
		"pretrain.optim.lr is NaN, want above 0",
		"pretrain.optim.beta2 is 1, want",
		`pretrain.data.tokenizer is "wordpiece", want "char" or "bpe"`,
		"pretrain.data.train is 1, want",
		"pretrain.checkpoint.keep is 0, want",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Validate misses %q in:\n%v", want, err)
		}
	}
}

func TestParse(t *testing.T) {
	yaml := "preset: tiny-gpt\nname: mine\npretrain:\n  steps: 50\n  optim: {lr: 2e-3, clip: 0}\n"
	json := "{\n\t\"preset\": \"tiny-gpt\",\n\t\"name\": \"mine\",\n\t\"pretrain\": {\"steps\": 50, \"optim\": {\"lr\": 2e-3, \"clip\": 0}}\n}"
	for _, text := range []string{yaml, json} {
		r, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		p := r.Pretrain
		if r.Name != "mine" || p.Steps != 50 || p.Optim.LR != 2e-3 || p.Optim.Clip != 0 || p.Model.Embed != 32 || p.Optim.Beta2 != 0.99 {
			t.Errorf("Parse(%s) = %+v %+v", text, r, p)
		}
	}
}

func TestParseReportsAllFaultsWithLines(t *testing.T) {
	_, err := Parse([]byte("preset: char-gpt\nsede: 3\npretrain:\n  stepps: 5\n  batch: lots\n  optim:\n    lr: -1\n"))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`line 2: set sede: unknown key; did you mean seed?`,
		`line 4: unknown key "pretrain.stepps"; did you mean steps?`,
		`line 5: pretrain.batch is "lots", want a whole number`,
		"pretrain.optim.lr is -1",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Parse misses %q in:\n%v", want, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "empty",
		"- 1\n- 2":              "mapping",
		"preset: chargpt":       "line 1: unknown preset",
		"a: [1":                 "line 1",
		"seed: 1\nseed: 2":      "line 2: seed is there twice, first in line 1",
		"pretrain: 5":           `line 1: pretrain is "5", want a section`,
		"seed: 1\n---\nseed: 2": "a second document",
		"seed: 1\n--- [":        "a second document",
		"steps: many":           `line 1: set pretrain.steps="many": want a whole number`,
		"every: 5":              "ambiguous key; say pretrain.eval.every or pretrain.checkpoint.every",
		"seed: 1\nseed: 2\npretrain: {steps: -1}": "pretrain.steps is -1", // a fault does not hide the others
		"kind: pretrian":                                `line 1: unknown kind "pretrian"; did you mean pretrain?`,
		"kind: sft\npretrain: {}":                       "pretrain is there, but the kind is sft",
		"sft: {data: {source: x.jsonl}}":                "sft.model.from is \"\", want the folder of a model",
		"pretrain: {lr: 5}":                             "did you mean pretrain.optim.lr?",
		"pretrain: {every: 5}":                          "did you mean pretrain.eval.every or pretrain.checkpoint.every?",
		"pretrain: {steps: 1.5}":                        `line 1: pretrain.steps is "1.5", want a whole number`,
		"pretrain: {steps: [1]}":                        "pretrain.steps is a list, want a whole number",
		"pretrain: {optim: {}, data: {source: {a: 1}}}": "pretrain.data.source is a section, want text",
		"seed: -1":                         `seed is "-1", want a whole number, not negative`,
		"pretrain: {model: {bias: maybe}}": "want true or false",
		"preset: &a [*a]":                  "",
		"pretrain:\n\tsteps: 12":           "line 2",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): error %v, want %q", text, err, want)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Load of a missing file: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("Load of a directory: %v", err)
	}
	if err := os.WriteFile(path, []byte("pretrain: {steps: -1}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "pretrain.steps is -1") {
		t.Errorf("Load of a faulty file: %v", err)
	}
}

func TestHash(t *testing.T) {
	a, _ := Preset("char-gpt")
	b := Defaults("pretrain")
	b.Name = "other"
	if a.Hash() != b.Hash() {
		t.Error("the name or the preset changes the hash")
	}
	b.Seed++
	if a.Hash() == b.Hash() {
		t.Error("the seed does not change the hash")
	}
}

func TestJSONRoundTrip(t *testing.T) {
	a, _ := Preset("bpe-gpt")
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash() != b.Hash() {
		t.Errorf("Parse(Marshal(%+v)) = %+v", a, b)
	}
}

// A pipeline is a graph of runs; the keys of a stage begin with its name.
func TestPipeline(t *testing.T) {
	text := "preset: sft-mini\nname: p\nbase.steps: 50\nsft: {}\n"
	if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "sft is there, but the kind is pipeline") {
		t.Errorf("a section beside a pipeline: %v", err)
	}
	r, err := Parse([]byte(strings.Replace(text, "sft: {}", "sft.lora.rank: 8", 1)))
	if err != nil {
		t.Fatal(err)
	}
	p := r.Pipeline
	if p.Stage("base").Pretrain.Steps != 50 || p.Stage("sft").SFT.LoRA.Rank != 8 {
		t.Errorf("settings of stages did not arrive: %+v", p)
	}
	if got := p.Needs(p.Stage("evaluate")); !slices.Equal(got, []string{"sft"}) {
		t.Errorf("evaluate needs %v, want sft", got)
	}
	if err := r.Set("lr", "1"); err == nil || !strings.Contains(err.Error(), "say base.optim.lr or sft.optim.lr") {
		t.Errorf("Set(lr) of a pipeline: %v", err)
	}
	for key, want := range map[string]bool{"base.optim.lr": true, "base.batch": false, "seed": false, "sft.steps": true, "sft.model.from": false} {
		if r.Mutable(key) != want {
			t.Errorf("Mutable(%s) = %v", key, !want)
		}
	}
	c := p.Child(r, "sft", map[string]Input{"model": {Path: "/x", SHA256: "1"}})
	d := p.Child(r, "sft", map[string]Input{"model": {Path: "/y", SHA256: "1"}})
	e := p.Child(r, "sft", map[string]Input{"model": {Path: "/x", SHA256: "2"}})
	if c.Name != "p.sft" || c.Seed != r.Seed || c.Hash() != d.Hash() || c.Hash() == e.Hash() {
		t.Errorf("the child is %+v; its hash must follow what its inputs hold, not where they lie", c)
	}
	p.Stage("base").Pretrain.Model.From = "evaluate"
	p.Stages = append(p.Stages, *p.Stage("base").Clone())
	err = r.Validate()
	for _, want := range []string{"base -> evaluate -> sft -> base", `pipeline.stages[3].name is "base", want a name that no other stage has`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate misses %q in:\n%v", want, err)
		}
	}
}

func TestParsePipelineOfItsOwn(t *testing.T) {
	r, err := Parse([]byte(`
kind: pipeline
pipeline:
  stages:
    - name: base
      preset: tiny-gpt
      steps: 3
    - name: tune
      sft: {model: {from: base}, data: {source: rows.jsonl}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Pipeline.Stages) != 2 || r.Pipeline.Stages[0].Pretrain.Steps != 3 || r.Pipeline.Stages[1].Kind != "sft" || r.Pipeline.Stages[0].Pretrain.Model.Embed != 32 {
		t.Errorf("the stages are %+v", r)
	}
}

// What may change while a run goes on is what SameRun leaves out of account.
func TestSameRun(t *testing.T) {
	for key, same := range map[string]bool{"lr": true, "steps": true, "keep": true, "batch": false, "seed": false, "layers": false} {
		a, _ := Preset("char-gpt")
		b := a.Clone()
		if err := b.Set(key, "8"); err != nil {
			t.Fatal(err)
		}
		if a.SameRun(b) != same {
			t.Errorf("after a change of %s SameRun is %v", key, !same)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("preset: tiny-gpt\npretrain: {steps: 3}"))
	f.Add([]byte("{\"seed\": 1e400}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := Parse(text); err == nil && r.Validate() != nil {
			t.Errorf("Parse(%q) gave an invalid run without an error", text)
		}
	})
}
