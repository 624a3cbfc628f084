package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pipeline is a graph of runs: each begins when the stages that its inputs name have ended, several at a time where the graph allows it.
type Pipeline struct {
	Stages []Run `json:"stages" yaml:"stages"` // in the order in which they are shown; a seed of 0 is the pipeline's own
	Fresh  bool  `json:"fresh" yaml:"fresh"`   // no result of an earlier run with the same spec and inputs is taken over

	cadence Cadence // a pipeline has no steps of its own
}

// Plan has no steps.
func (p *Pipeline) Plan() *Cadence { return &p.cadence }

// Validate reports the faults of the graph and of every stage.
func (p *Pipeline) Validate(f *Faults, at string) {
	f.Check(len(p.Stages) > 0, at+"stages", len(p.Stages), "at least one")
	seen := map[string]bool{}
	for i := range p.Stages {
		s := &p.Stages[i]
		key := fmt.Sprintf("%sstages[%d].", at, i)
		f.name(key+"name", s.Name)
		f.Check(s.Name != "" && !strings.Contains(s.Name, "."), key+"name", s.Name, "a name without dots, by which other stages find it")
		f.Check(!seen[s.Name], key+"name", s.Name, "a name that no other stage has")
		seen[s.Name] = true
		if f.Check(s.Kind != "pipeline", key+"kind", s.Kind, "no pipeline: write its stages here") {
			s.validate(f, key)
		}
	}
	if cycle := p.cycle(); len(cycle) > 0 {
		f.Add("%sstages wait for one another: %s", at, strings.Join(cycle, " -> "))
	}
}

// Needs is the stages whose outputs a stage's inputs name, in alphabetical order.
func (p *Pipeline) Needs(stage *Run) []string {
	needs := map[string]bool{}
	s := stage.Section()
	if s == nil {
		return nil
	}
	for _, from := range s.Inputs() {
		if p.Stage(from) != nil {
			needs[from] = true
		}
	}
	return slices.Sorted(maps.Keys(needs))
}

// Stage is the stage of that name, or nil.
func (p *Pipeline) Stage(name string) *Run {
	for i := range p.Stages {
		if p.Stages[i].Name == name {
			return &p.Stages[i]
		}
	}
	return nil
}

// cycle is stages that wait for one another, the first one twice; empty when there are none.
func (p *Pipeline) cycle() []string {
	const visiting, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(name string) []string
	visit = func(name string) []string {
		path = append(path, name)
		defer func() { path = path[:len(path)-1] }()
		state[name] = visiting
		for _, need := range p.Needs(p.Stage(name)) {
			if state[need] == visiting {
				return append(slices.Clone(path[slices.Index(path, need):]), need)
			}
			if state[need] == 0 {
				if c := visit(need); c != nil {
					return c
				}
			}
		}
		state[name] = done
		return nil
	}
	for i := range p.Stages {
		if name := p.Stages[i].Name; state[name] == 0 {
			if c := visit(name); c != nil {
				return c
			}
		}
	}
	return nil
}

// Mutable asks the stage that the key begins with.
func (p *Pipeline) Mutable(key string) bool {
	name, rest, _ := strings.Cut(key, ".")
	s := p.Stage(name)
	return s != nil && s.Section() != nil && s.Section().Mutable(rest)
}

// Headline is that of the last stage.
func (p *Pipeline) Headline() []string {
	if n := len(p.Stages); n > 0 {
		return p.Stages[n-1].Headline()
	}
	return nil
}

// Inputs are those of the stages that no stage gives, by stage and role: "sft.model".
func (p *Pipeline) Inputs() map[string]string {
	inputs := map[string]string{}
	for i := range p.Stages {
		s := p.Stages[i].Section()
		if s == nil {
			continue
		}
		for role, from := range s.Inputs() {
			if p.Stage(from) == nil {
				inputs[p.Stages[i].Name+"."+role] = from
			}
		}
	}
	return inputs
}

// Describe is the model of the first stage, and the stages' names.
func (p *Pipeline) Describe() (model, data string) {
	var names []string
	for i := range p.Stages {
		names = append(names, p.Stages[i].Name)
	}
	if len(p.Stages) > 0 {
		model = p.Stages[0].Model()
	}
	return model, strings.Join(names, ", ")
}

// Child is a stage as a run of its own: named after the pipeline, with its seed, and with the inputs that are given.
func (p *Pipeline) Child(parent *Run, stage string, inputs map[string]Input) *Run {
	c := p.Stage(stage).Clone()
	c.Name = parent.Name + "." + stage
	if c.Seed == 0 {
		c.Seed = parent.Seed
	}
	if len(inputs) > 0 {
		c.Inputs = inputs
	}
	return c
}

func defaultPipeline() *Run { return &Run{Kind: "pipeline", Seed: 1337, Pipeline: &Pipeline{}} }

var pipelinePresets = map[string]func() *Run{
	"sft-mini":      func() *Run { return sftMini(0) },
	"sft-lora-mini": func() *Run { return sftMini(32) },
}

// sftMini pretrains a base model on generated text, tunes it on instructions of ten kinds, the whole model or with LoRA of
// a rank, and asks it ones that neither has seen.
func sftMini(rank int) *Run {
	base := charGPT()
	base.Name, base.Seed = "base", 0
	p := base.Pretrain
	p.Data.Source, p.Data.Special, p.Data.Train = "tasks:pretrain", true, 0.98
	p.Optim.LR = 2e-3
	p.Cadence = Cadence{Steps: 1500, Eval: Eval{Every: 500, Batches: 20}, Checkpoint: Checkpoint{Every: 200, Keep: 2}}

	tune := defaultSFT()
	tune.Name, tune.Seed = "sft", 0
	s := tune.SFT
	s.Model.From, s.Data.Source, s.LoRA.Rank = "base", "tasks:sft", rank
	s.Optim.LR = 2e-3
	if rank > 0 { // small matrices want larger steps
		s.LoRA.Alpha, s.Optim.LR = 2*float64(rank), 4e-3
	}
	s.Batch = 24
	s.Cadence = Cadence{Steps: 1500, Eval: Eval{Every: 500, Batches: 10}, Checkpoint: Checkpoint{Every: 200, Keep: 2}}

	ask := defaultEvaluate()
	ask.Name, ask.Seed = "evaluate", 0
	e := ask.Evaluate
	e.Model.From, e.Data.Source, e.MaxTokens = "sft", "tasks:sft", 24

	r := defaultPipeline()
	r.Pipeline.Stages = []Run{*base, *tune, *ask}
	return r
}
